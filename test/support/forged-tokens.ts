import { randomUUID } from 'node:crypto';
import { exportSPKI, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import type { Runtime } from '../../local/runtime';
import type { UserPool } from './user-pool';

type Changes = Readonly<Record<string, unknown>>;

/** Tokens with one thing wrong each, most of them signed with the user pool's own key. */
export class ForgedTokens {
  readonly #pool;
  readonly #clientId: string;
  /** A key that is not the pool's. */
  readonly #other: CryptoKey;

  private constructor(runtime: Pick<Runtime, 'userPools'>, pool: UserPool, other: CryptoKey) {
    this.#pool = runtime.userPools.pool(pool.output('UserPoolId'));
    this.#clientId = pool.output('UserPoolClientId');
    this.#other = other;
  }

  static async of(runtime: Pick<Runtime, 'userPools'>, pool: UserPool): Promise<ForgedTokens> {
    const { privateKey } = await generateKeyPair('RS256');
    return new ForgedTokens(runtime, pool, privateKey);
  }

  get issuer(): string {
    return this.#pool.settings.issuer;
  }

  /** As the pool would give it to `sub`, but for the changes; undefined leaves a claim or a header out. */
  async token(claims: Changes = {}, header: Changes = {}, key?: CryptoKey | Uint8Array): Promise<string> {
    const { kid, privateKey } = await this.#pool.key.get();
    return new SignJWT(this.#claims(claims))
      .setProtectedHeader({ alg: 'RS256', kid, ...header })
      .sign(key ?? privateKey);
  }

  /** Signed by a key that is not the pool's, under the id of the pool's. */
  byAnotherKey(): Promise<string> {
    return this.token({}, {}, this.#other);
  }

  /** `alg: HS256`, with the pool's public key for a secret. */
  async byPublicKey(): Promise<string> {
    const { publicKey } = await this.#pool.key.get();
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    return this.token({}, { alg: 'HS256' }, secret);
  }

  /** Not signed, or with the signature of another token behind it. */
  async unsigned(alg: string, signature = ''): Promise<string> {
    const { kid } = await this.#pool.key.get();
    return [{ alg, kid }, this.#claims({})].map(encoded).join('.') + `.${signature}`;
  }

  #claims(changes: Changes): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      sub: randomUUID(),
      iss: this.issuer,
      client_id: this.#clientId,
      origin_jti: randomUUID(),
      event_id: randomUUID(),
      token_use: 'access',
      scope: 'openid',
      auth_time: now,
      iat: now,
      exp: now + 3600,
      jti: randomUUID(),
      username: 'Mallory',
      ...changes,
    };
  }
}

/** The token with a claim changed and its signature kept. */
export function tampered(token: string, changes: Changes): string {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  return [head, encoded({ ...claims, ...changes }), signature].join('.');
}

export function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
