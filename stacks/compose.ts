import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ChatStack } from './chat-stack';
import { DataStack } from './data-stack';
import { originsOf, readSettings, type Settings } from './settings';
import { WebFilesStack } from './web-files-stack';
import { WebStack } from './web-stack';

export interface ComposedStacks {
  readonly data: DataStack;
  readonly chat: ChatStack;
  /** Absent where no browser can come in. */
  readonly web: WebStack | undefined;
  readonly webFiles: WebFilesStack | undefined;
}

/**
 * Adds the stacks of one stage to the app, with the settings in its context, and the rules that they must keep.
 * @throws ConfigurationError where a setting, handlers/wiring.ts or a state machine has to be mended
 */
export function compose(app: App): ComposedStacks {
  const settings = readSettings(app);
  const prefix = `parley-${settings.stage}`;
  // A browser cannot sign with AWS credentials.
  const web = settings.access === 'iam' ? undefined : new WebStack(app, `${prefix}-web`);
  const data = new DataStack(app, `${prefix}-data`, { settings: withPage(settings, web?.origin) });
  const chat = new ChatStack(app, `${prefix}-chat`, {
    // Where everybody may come in and no page was named, pages of all origins may.
    settings: isOpen(settings) ? settings : withPage(settings, web?.origin),
    tables: data.tables,
    userPool: data.userPool,
    key: data.key,
  });
  const webFiles =
    web && new WebFilesStack(app, `${prefix}-web-files`, { bucket: web.bucket, config: chat.webConfig });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { data, chat, web, webFiles };
}

function isOpen(settings: Settings): boolean {
  return settings.access === 'guests' && settings.allowedOrigins === '';
}

/** The settings with the app's own page among the allowed origins. */
function withPage(settings: Settings, origin: string | undefined): Settings {
  const origins = [...originsOf(settings), ...(origin === undefined ? [] : [origin])];
  return { ...settings, allowedOrigins: origins.join(',') };
}
