/** What the server does to posts; what is not said is well. */
export interface Script {
  /** Milliseconds until an answer. */
  readonly serviceTime?: number;
  /** What each connection's first try meets. */
  readonly firstTry?: Trouble;
  /** From the moment at which so many posts were delivered, all meet the same trouble for a while. */
  readonly outage?: { readonly after: number; readonly milliseconds: number; readonly trouble: Trouble };
  /** More than this meets 429. */
  readonly bucket?: { readonly perSecond: number; readonly burst: number };
}

/** `hang`: no answer ever. */
export type Trouble = 429 | 500 | 'reset' | 'hang';

/** Some connections are as their id says, e.g. `slow-7`, whatever the script. */
export const CHARACTERS: Readonly<Record<string, Trouble | 403 | 410>> = {
  'slow-': 429,
  'ill-': 500,
  'hanging-': 'hang',
  'gone-': 410,
  'forbidden-': 403,
};

/** What happened since the script was given. */
export interface Report {
  /** Posts that were delivered, by connection: 1, or more where it got the frame twice. */
  readonly delivered: Readonly<Record<string, number>>;
  readonly tries: Readonly<Record<string, number>>;
  /** Answers by status, and `reset` and `hang`. */
  readonly answers: Readonly<Record<string, number>>;
  /** From the first post to the last delivery. */
  readonly milliseconds: number;
}

export type Request = { readonly kind: 'script'; readonly script: Script } | { readonly kind: 'report' };
export type Response =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: Report };
