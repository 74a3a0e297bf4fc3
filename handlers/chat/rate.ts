/** How often something may happen: `perSecond` in the long run, and `burst` at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Whether it may happen now; if not, when it will be allowed again, in milliseconds. */
export type Admission =
  { readonly admitted: true } | { readonly admitted: false; readonly retryAfterMs: number };
