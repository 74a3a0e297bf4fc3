import { defaultProvider as sdkProvider } from '@aws-sdk/credential-provider-node';
import { defaultProvider } from '../../handlers/aws/lambda-credentials';

const LAMBDA = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};
const before = { ...process.env };
beforeEach(() => {
  delete process.env.AWS_PROFILE;
  Object.assign(process.env, LAMBDA);
});
afterEach(() => {
  for (const name of Object.keys(LAMBDA)) delete process.env[name];
  Object.assign(process.env, before);
});

describe('the credentials of a function', () => {
  it('are those that the AWS SDK finds where a function runs', async () => {
    expect(await sdkProvider()()).toMatchObject(await defaultProvider()());
    expect(await defaultProvider()()).toEqual({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
  });

  it('are one object for as long as they hold, because what signs with them is made anew for another', async () => {
    const provider = defaultProvider();
    expect(await provider()).toBe(await provider());
  });

  it('have no session token where the environment has none', async () => {
    delete process.env.AWS_SESSION_TOKEN;
    expect(await defaultProvider()()).not.toHaveProperty('sessionToken');
  });

  it('are missed with the names of what is missing', async () => {
    delete process.env.AWS_SECRET_ACCESS_KEY;
    await expect(defaultProvider()()).rejects.toThrow('AWS_SECRET_ACCESS_KEY');
  });
});
