import path from 'node:path';
import { DEFAULT_RECORD } from '../../bin/operations/iam-command-line';

// Set before any test file loads. The AWS SDK warns about Node 20 on every import, and region and
// credentials must never come from the machine that runs the tests.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.env.AWS_REGION = 'us-east-1';
process.env.AWS_ACCESS_KEY_ID = 'local';
process.env.AWS_SECRET_ACCESS_KEY = 'local';
// What the roles of the template use, for `npm run iam`.
process.env.PARLEY_IAM_USAGE ??= path.join(__dirname, '..', '..', DEFAULT_RECORD);
delete process.env.AWS_PROFILE;
delete process.env.AWS_SESSION_TOKEN;
