import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { integer, object, requiredText } from '../json/members';

/** What began with one sign-in and lives in its refresh token. Times in ms since the epoch. */
export interface Session {
  /** Stands in every token of the session; revoking it ends them all. */
  readonly originJti: string;
  readonly sub: string;
  readonly clientId: string;
  readonly scope: string;
  readonly signedInAt: number;
  readonly expiresAt: number;
}

/** The sessions of a pool. Of a refresh token only the hash is kept. */
export class Sessions {
  readonly #now: () => number;
  readonly #byHash = new Map<string, Session>();
  readonly #file: JsonLines | undefined;

  constructor(path: string | undefined, now: () => number) {
    this.#now = now;
    if (path === undefined) return;
    this.#file = new JsonLines(path);
    for (const line of this.#file.read()) {
      const kept = object(line, 'kept');
      if (kept === undefined) this.#byHash.delete(requiredText(line, 'gone'));
      else this.#byHash.set(requiredText(kept, 'hash'), sessionFromJson(kept));
    }
    for (const [key, session] of this.#byHash) if (session.expiresAt <= now()) this.#byHash.delete(key);
    this.#file.rewrite([...this.#byHash].map(([key, session]) => keptLine(key, session)));
  }

  /** Begins a session and gives its refresh token, which nobody can ask for again. */
  begin(session: Omit<Session, 'originJti'>): { session: Session; refreshToken: string } {
    const refreshToken = randomBytes(96).toString('base64url');
    const begun = { ...session, originJti: randomUUID() };
    this.#byHash.set(hashOf(refreshToken), begun);
    this.#file?.append(keptLine(hashOf(refreshToken), begun));
    return { session: begun, refreshToken };
  }

  /** The session of a refresh token; undefined when it never was, has ended or was revoked. */
  find(refreshToken: string): Session | undefined {
    const session = this.#byHash.get(hashOf(refreshToken));
    return session !== undefined && session.expiresAt > this.#now() ? session : undefined;
  }

  /** Whether the session that a token came from still goes on. */
  goesOn(originJti: string): boolean {
    return [...this.#byHash.values()].some(
      (session) => session.originJti === originJti && session.expiresAt > this.#now(),
    );
  }

  revoke(refreshToken: string): void {
    this.#end(hashOf(refreshToken));
  }

  revokeAll(sub: string): void {
    for (const [key, session] of this.#byHash) if (session.sub === sub) this.#end(key);
  }

  close(): void {
    this.#file?.close();
  }

  #end(key: string): void {
    if (this.#byHash.delete(key)) this.#file?.append({ gone: key });
  }
}

function hashOf(refreshToken: string): string {
  return hash('sha256', refreshToken, 'base64url');
}

function keptLine(key: string, session: Session): JsonObject {
  return { kept: { hash: key, ...session } };
}

function sessionFromJson(line: JsonObject): Session {
  const time = (name: string) => integer(line, name, { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
  return {
    originJti: requiredText(line, 'originJti'),
    sub: requiredText(line, 'sub'),
    clientId: requiredText(line, 'clientId'),
    scope: requiredText(line, 'scope'),
    signedInAt: time('signedInAt'),
    expiresAt: time('expiresAt'),
  };
}
