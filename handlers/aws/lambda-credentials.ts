/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the bundles: the keys of the function's role, which Lambda
 * puts into the environment. They are where the SDK's own chain looks first, and the places after that (profiles, SSO,
 * web identities, container and instance metadata), a third of a bundle, are none that a function has. They hold
 * for longer than an execution environment lives.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @returns a provider that gives the same object each time, as the SDK's does until it has new ones; it rejects where
 *   there are no keys
 */
export function defaultProvider(): () => Promise<Credentials> {
  let held: Promise<Credentials> | undefined;
  return () => (held ??= fromEnvironment());
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

// Asynchronous for the SDK, which expects whatever goes wrong as a rejection.
// eslint-disable-next-line @typescript-eslint/require-await
async function fromEnvironment(): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined)
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, as Lambda sets them');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  };
}
