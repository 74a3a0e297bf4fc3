import * as z from 'zod/mini';
import type { Configuration } from '../session/configuration';
import { read } from '../session/remembered';
import type { Admission } from '../session/session';
import { refusalIn } from './refusal';

/** How people with an account come in. */
export interface SignIn {
  /** Leaves this page for the one where people sign in. */
  begin(): Promise<void>;
  /**
   * Who comes back from there, or was signed in before a reload; undefined where nobody is.
   * @throws TypeError where the sign-in cannot be reached
   */
  resume(): Promise<Admission | undefined>;
  /**
   * Ends all of this person's sign-ins and connections, also those of other browsers. Safe to repeat.
   * @throws Error where the server could not be told; the person is signed in as before then
   */
  end(): Promise<void>;
  /** Leaves for the hosted page, which forgets who signed in there and leads back. */
  leave(): void;
  /** Forgets the sign-in here alone: a reload begins anew. */
  forget(): void;
}

const tokens = z.object({
  access_token: z.string(),
  refresh_token: z.optional(z.string()),
  /** Seconds. */
  expires_in: z.number(),
});
/**
 * Kept for the tab alone, so that a reload asks for no password: a tab that is closed has signed out. What opens
 * connections, the access token, is never stored.
 */
const kept = z.object({ refresh: z.string() });
const pending = z.object({ verifier: z.string(), state: z.string() });

interface Access {
  readonly token: string;
  /** ms since the epoch, by this machine's clock */
  readonly expiresAt: number;
}

const TOKENS = 'parley.tokens';
const PENDING = 'parley.signing-in';
/** A token is renewed this long before its end, and again after this pause where that failed. */
const EARLY_MS = 60_000;
const PAUSE_MS = 15_000;

/** Authorization code with PKCE (RFC 7636) at the pages that the configuration names; undefined where it names none. */
export function signInWith({ signIn, httpUrl }: Configuration): SignIn | undefined {
  return signIn && new CodeSignIn(signIn.url, signIn.clientId, httpUrl, sessionStorage);
}

class CodeSignIn implements SignIn {
  #access: Access | undefined;
  /** What is being ended: the server's farewell, which makes this page forget, may come before its answer. */
  #ending: { readonly refresh: string | undefined; isSignedOut: boolean } | undefined;

  constructor(
    private readonly url: string,
    private readonly clientId: string,
    private readonly httpUrl: string | undefined,
    private readonly storage: Storage,
  ) {}

  async begin(): Promise<void> {
    const verifier = randomText();
    const state = randomText();
    this.storage.setItem(PENDING, JSON.stringify({ verifier, state }));
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: here(),
      scope: 'openid',
      state,
      code_challenge_method: 'S256',
      code_challenge: base64url(new Uint8Array(digest)),
    });
    location.assign(`${this.url}/oauth2/authorize?${query.toString()}`);
  }

  async resume(): Promise<Admission | undefined> {
    const query = new URLSearchParams(location.search);
    const code = query.get('code');
    if (code !== null) {
      history.replaceState(null, '', location.pathname + location.hash);
      const asked = read(this.storage, PENDING, pending);
      this.storage.removeItem(PENDING);
      if (asked !== undefined && asked.state === query.get('state')) {
        await this.#fetch({
          grant_type: 'authorization_code',
          code,
          code_verifier: asked.verifier,
          redirect_uri: here(),
        });
      }
    } else await this.#renew();
    if (this.#access === undefined) return undefined;
    return {
      account: subjectOf(this.#access.token),
      token: () => this.#token(),
      keepFresh: (renewed) => this.#keepFresh(renewed),
      refusal: () => this.#refusal(),
    };
  }

  /** By asking for a ticket, which is refused for the same reasons as a connection. */
  async #refusal(): Promise<string | undefined> {
    if (this.httpUrl === undefined) return undefined;
    const headers = { Authorization: `Bearer ${await this.#token()}` };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return refusalIn(await fetch(`${this.httpUrl}/tickets`, { method: 'POST', headers, signal }));
  }

  async end(): Promise<void> {
    const ending = (this.#ending ??= { refresh: this.#refresh(), isSignedOut: false });
    if (!ending.isSignedOut) {
      // Where the sign-in refuses the next token, it has ended already.
      if (this.#isDue()) await this.#renew();
      if (this.#access !== undefined && this.httpUrl !== undefined) {
        const headers = { Authorization: `Bearer ${this.#access.token}` };
        await told(`${this.httpUrl}/sign-out`, { method: 'POST', headers });
      }
      ending.isSignedOut = true;
    }
    if (ending.refresh !== undefined)
      await told(`${this.url}/oauth2/revoke`, this.#form({ token: ending.refresh }));
    this.forget();
  }

  leave(): void {
    const query = new URLSearchParams({ client_id: this.clientId, logout_uri: here() });
    location.assign(`${this.url}/logout?${query.toString()}`);
  }

  forget(): void {
    this.#access = undefined;
    this.storage.removeItem(TOKENS);
  }

  async #token(): Promise<string> {
    if (this.#isDue()) await this.#renew();
    if (this.#access === undefined) throw new Error('Nobody is signed in.');
    return this.#access.token;
  }

  /** Whether the token is missing or about to end. */
  #isDue(): boolean {
    return this.#access === undefined || this.#access.expiresAt - EARLY_MS <= Date.now();
  }

  #keepFresh(renewed: (token: string) => void): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (pause = 0) => {
      const early = (this.#access?.expiresAt ?? 0) - EARLY_MS - Date.now();
      timer = setTimeout(() => void renew(), Math.max(pause, early));
    };
    const renew = async () => {
      try {
        await this.#renew();
        if (this.#access !== undefined) renewed(this.#access.token);
      } catch {
        // The network is away: the next connection, or the next try, gets one.
      }
      if (this.#refresh() !== undefined) wait(PAUSE_MS);
    };
    wait();
    return () => clearTimeout(timer);
  }

  #refresh(): string | undefined {
    return read(this.storage, TOKENS, kept)?.refresh;
  }

  async #renew(): Promise<void> {
    const refresh = this.#refresh();
    if (refresh !== undefined) await this.#fetch({ grant_type: 'refresh_token', refresh_token: refresh });
  }

  /** Where the sign-in refuses, nobody is signed in any more. */
  async #fetch(grant: Record<string, string>): Promise<void> {
    const response = await fetch(`${this.url}/oauth2/token`, this.#form(grant));
    if (response.status >= 500) throw new Error(`The sign-in answers ${response.status}.`);
    if (!response.ok) return this.forget();
    const given = z.parse(tokens, await response.json());
    this.#access = { token: given.access_token, expiresAt: Date.now() + given.expires_in * 1000 };
    if (given.refresh_token !== undefined)
      this.storage.setItem(TOKENS, JSON.stringify({ refresh: given.refresh_token }));
  }

  #form(fields: Record<string, string>): RequestInit {
    return { method: 'POST', body: new URLSearchParams({ client_id: this.clientId, ...fields }) };
  }
}

/** How long an answer may take before the server counts as not told. */
const PATIENCE_MS = 10_000;

async function told(url: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`${new URL(url).pathname} answers ${response.status}.`);
}

/** Only tells accounts in this browser apart; who somebody is decides the server, which checks the signature. */
function subjectOf(token: string): string {
  const claims: unknown = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
  return z.parse(z.object({ sub: z.string() }), claims).sub;
}

function here(): string {
  return location.origin + location.pathname;
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
}
