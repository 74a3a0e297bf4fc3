import { join } from 'node:path';
import type { Clock } from '../clock';
import { ServiceError } from '../service';
import { Directory, newUser, type PoolUser } from './directory';
import { checkPassword, hashPassword, matchesPassword } from './passwords';
import { Sessions } from './sessions';
import type { ClientSettings, PoolSettings } from './settings';
import { SigningKey } from './signing-key';
import { issueTokens, readAccessToken, type Tokens } from './tokens';

/** Who passed the question for name and password. `mustChange`: the password was given by an administrator. */
export interface SignedIn {
  readonly user: PoolUser;
  readonly mustChange: boolean;
}

/** One user pool: its people, its key, and the sessions that began with their signing in. */
export class UserPool {
  readonly settings: PoolSettings;
  readonly clients = new Map<string, ClientSettings>();
  /** Name to description. */
  readonly groups = new Map<string, string>();
  readonly users: Directory;
  readonly sessions: Sessions;
  readonly key: SigningKey;
  readonly #clock: Clock;

  constructor(settings: PoolSettings, { clock, dataDir }: { clock: Clock; dataDir?: string }) {
    const file = (name: string) =>
      dataDir === undefined ? undefined : join(dataDir, 'user-pools', settings.id, name);
    this.settings = settings;
    this.#clock = clock;
    this.key = new SigningKey(file('key.json'));
    this.users = new Directory(file('users.jsonl'), settings.caseSensitive);
    this.sessions = new Sessions(file('sessions.jsonl'), () => clock.now());
  }

  /** @throws ResourceNotFoundException */
  client(id: string): ClientSettings {
    const client = this.clients.get(id);
    if (client === undefined)
      throw new ServiceError('ResourceNotFoundException', `User pool client ${id} does not exist.`);
    return client;
  }

  /** @throws UserNotFoundException */
  user(username: string): PoolUser {
    const user = this.users.find(username);
    if (user === undefined) throw new ServiceError('UserNotFoundException', 'User does not exist.');
    return user;
  }

  /** @throws UsernameExistsException */
  add(username: string, attributes: Readonly<Record<string, string>>): PoolUser {
    if (this.users.find(username) !== undefined)
      throw new ServiceError('UsernameExistsException', 'User account already exists');
    return this.users.keep(newUser(username, attributes, this.#clock.now()));
  }

  /** Keeps a change to somebody. Asks for the person again, who may have changed while the caller waited. */
  change(username: string, change: Partial<PoolUser>): PoolUser {
    return this.users.keep({ ...this.user(username), ...change, modifiedAt: this.#clock.now() });
  }

  /** @throws InvalidPasswordException */
  async setPassword(username: string, password: string, permanent: boolean): Promise<PoolUser> {
    this.user(username);
    checkPassword(password, this.settings.passwordPolicy);
    const hash = await hashPassword(password);
    return this.change(username, {
      password: hash,
      status: permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
    });
  }

  /**
   * @throws NotAuthorizedException for a wrong password, a disabled person and, where the client hides who exists,
   *   for nobody; else UserNotFoundException
   */
  async authenticate(client: ClientSettings, username: string, password: string): Promise<SignedIn> {
    const user = this.users.find(username);
    const matches = await matchesPassword(password, user?.password);
    if (user === undefined && !client.hidesUsers)
      throw new ServiceError('UserNotFoundException', 'User does not exist.');
    if (user === undefined || !matches) throw notAuthorized('Incorrect username or password.');
    if (!user.enabled) throw notAuthorized('User is disabled.');
    return { user, mustChange: user.status === 'FORCE_CHANGE_PASSWORD' };
  }

  /** Begins a session. */
  async beginSession(
    user: PoolUser,
    client: ClientSettings,
    { scope, nonce }: { scope: string; nonce?: string | undefined },
  ): Promise<Tokens & { refreshToken: string }> {
    const now = this.#clock.now();
    const { session, refreshToken } = this.sessions.begin({
      sub: user.sub,
      clientId: client.id,
      scope,
      signedInAt: now,
      expiresAt: now + client.refreshTokenMs,
    });
    const tokens = await issueTokens(this.settings, this.key, { user, client, session, nonce }, now);
    return { ...tokens, refreshToken };
  }

  /** New tokens of a session that goes on. @throws NotAuthorizedException */
  async refresh(client: ClientSettings, refreshToken: string): Promise<Tokens> {
    const session = this.sessions.find(refreshToken);
    const user = session === undefined ? undefined : this.users.ofSub(session.sub);
    if (session === undefined || session.clientId !== client.id || user === undefined)
      throw notAuthorized('Invalid Refresh Token');
    if (!user.enabled) throw notAuthorized('User is disabled.');
    return issueTokens(this.settings, this.key, { user, client, session }, this.#clock.now());
  }

  /** Ends a session of this client; a token that is none is nothing to complain about, as on AWS. */
  revoke(client: ClientSettings, refreshToken: string): void {
    if (!client.revokesTokens)
      throw new ServiceError(
        'UnsupportedOperationException',
        'Token revocation is disabled for this client.',
      );
    const session = this.sessions.find(refreshToken);
    if (session === undefined) return;
    if (session.clientId !== client.id)
      throw new ServiceError('UnauthorizedException', 'The token was not issued to this client.');
    this.sessions.revoke(refreshToken);
  }

  /** Ends all sessions of whom the access token is. @throws NotAuthorizedException */
  async signOut(accessToken: string): Promise<void> {
    const claims = await readAccessToken(this.settings, this.key, accessToken, this.#clock.now());
    if (claims === undefined) throw notAuthorized('Invalid Access Token');
    if (!this.sessions.goesOn(claims.originJti)) throw notAuthorized('Access Token has been revoked');
    this.sessions.revokeAll(claims.sub);
  }

  remove(username: string): void {
    const user = this.user(username);
    this.sessions.revokeAll(user.sub);
    this.users.remove(user);
  }

  close(): void {
    this.users.close();
    this.sessions.close();
  }
}

function notAuthorized(message: string): ServiceError {
  return new ServiceError('NotAuthorizedException', message);
}
