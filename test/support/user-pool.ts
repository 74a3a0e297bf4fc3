import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Group } from '../../handlers/chat/identity';
import type { Runtime } from '../../local/runtime';

/** Of everybody whom `add` adds. */
export const PASSWORD = 'Correct-horse-7-battery';

/** The user pool of a running Parley, through the unmodified AWS SDK. */
export class UserPool {
  readonly #client: CognitoIdentityProviderClient;
  readonly #outputs: Readonly<Record<string, string>>;

  constructor({ endpoint, outputs }: Pick<Runtime, 'endpoint' | 'outputs'>) {
    this.#outputs = Object.assign({}, ...Object.values(outputs)) as Record<string, string>;
    this.#client = new CognitoIdentityProviderClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  /** An output of the stacks, e.g. `HttpUrl`. */
  output(name: string): string {
    const value = this.#outputs[name];
    if (value === undefined) throw new Error(`no stack has an output ${name}`);
    return value;
  }

  /** Adds somebody who may sign in at once. */
  async add(Username: string, groups: readonly Group[] = []): Promise<void> {
    const who = { UserPoolId: this.output('UserPoolId'), Username };
    await this.#client.send(new AdminCreateUserCommand({ ...who, MessageAction: 'SUPPRESS' }));
    await this.#client.send(new AdminSetUserPasswordCommand({ ...who, Password: PASSWORD, Permanent: true }));
    for (const GroupName of groups) {
      await this.#client.send(new AdminAddUserToGroupCommand({ ...who, GroupName }));
    }
  }

  /** Signs somebody in by password; gives their access token. */
  async signIn(USERNAME: string): Promise<string> {
    const { AuthenticationResult } = await this.#client.send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: this.output('UserPoolClientId'),
        AuthParameters: { USERNAME, PASSWORD },
      }),
    );
    if (AuthenticationResult?.AccessToken === undefined) throw new Error(`${USERNAME} got no token`);
    return AuthenticationResult.AccessToken;
  }

  close(): void {
    this.#client.destroy();
  }
}
