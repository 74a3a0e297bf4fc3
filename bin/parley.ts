import { App } from 'aws-cdk-lib';
import { compose } from '../stacks/compose';
import { ConfigurationError } from '../stacks/configuration-error';

const app = new App();
try {
  compose(app);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  // Now, before the app on its way out synthesizes what there is of it.
  process.exit(1);
}
