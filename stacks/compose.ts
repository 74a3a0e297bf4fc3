import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ChatStack } from './chat-stack';
import { DataStack } from './data-stack';
import { readSettings } from './settings';

/**
 * Adds the stacks of one stage to the app, with the settings in its context, and the rules that they must keep.
 * @throws ConfigurationError where a setting, handlers/wiring.ts or a state machine has to be mended
 */
export function compose(app: App): { readonly data: DataStack; readonly chat: ChatStack } {
  const settings = readSettings(app);
  const prefix = `parley-${settings.stage}`;
  const data = new DataStack(app, `${prefix}-data`, { settings });
  const chat = new ChatStack(app, `${prefix}-chat`, { settings, tables: data.tables });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { data, chat };
}
