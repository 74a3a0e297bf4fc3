import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock';
import type { AuthorizationRequest } from './authorization-request';

/** As on AWS: https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html */
const LIFETIME_MS = 5 * 60_000;

export interface Code {
  readonly request: AuthorizationRequest;
  /** Whose it is. */
  readonly sub: string;
  /** ms since the epoch */
  readonly expiresAt: number;
}

/** The codes that apps fetch their tokens with: each good once, for five minutes, in memory. */
export class Codes {
  readonly #clock: Clock;
  readonly #byHash = new Map<string, Code>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(request: AuthorizationRequest, sub: string): string {
    const now = this.#clock.now();
    for (const [key, { expiresAt }] of this.#byHash) if (expiresAt <= now) this.#byHash.delete(key);
    const code = randomBytes(24).toString('base64url');
    this.#byHash.set(hash('sha256', code), { request, sub, expiresAt: now + LIFETIME_MS });
    return code;
  }

  /** What a code stands for, if everything that belongs to it is right. Whoever tries has used it up. */
  redeem(
    code: string,
    { clientId, redirectUri, verifier }: { clientId: string; redirectUri: string; verifier: string },
  ): Code | undefined {
    const key = hash('sha256', code);
    const issued = this.#byHash.get(key);
    this.#byHash.delete(key);
    if (issued === undefined || issued.expiresAt <= this.#clock.now()) return undefined;
    const { client, redirectUri: asked, codeChallenge } = issued.request;
    const matches = client.id === clientId && asked === redirectUri && challenges(codeChallenge, verifier);
    return matches ? issued : undefined;
  }
}

function challenges(challenge: string, verifier: string): boolean {
  const given = Buffer.from(hash('sha256', verifier, 'base64url'));
  const wanted = Buffer.from(challenge);
  return (
    /^[\w.~-]{43,128}$/.test(verifier) && given.length === wanted.length && timingSafeEqual(given, wanted)
  );
}
