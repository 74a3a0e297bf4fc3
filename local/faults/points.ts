/** What may stand between the parentheses of an effect. */
export type ArgumentKind =
  /** Nothing. */
  | { readonly kind: 'none' }
  /** A duration or a range of durations; without one, `otherwise` applies, and where that is absent too it must be given. */
  | { readonly kind: 'duration'; readonly otherwise?: string }
  /** One of these words. */
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** A whole number of at least 2; without one, 2. */
  | { readonly kind: 'times' };

const NOTHING: ArgumentKind = { kind: 'none' };
const DURATION: ArgumentKind = { kind: 'duration' };

/**
 * Every point at which a fault can be asked for, what `[subject]` names there, and the effects it knows.
 * A rule that names anything else is refused, so a misspelt one cannot pass for a run without faults.
 */
export const FAULT_POINTS: Readonly<
  Record<string, { readonly subject: string; readonly effects: Readonly<Record<string, ArgumentKind>> }>
> = {
  // refuse: PutEvents fails as a whole; fail: it answers, with its entries failed.
  'bus.put': { subject: 'bus', effects: { refuse: NOTHING, fail: NOTHING } },
  'bus.deliver': {
    subject: 'rule',
    effects: {
      delay: DURATION,
      repeat: { kind: 'times' },
      reorder: { kind: 'duration', otherwise: '0ms-200ms' },
      lose: NOTHING,
    },
  },
  // throw: did not run; timeout: answers as one; kill: ran, then died with its answer; linger: ran, answers late.
  'function.invoke': {
    subject: 'function',
    effects: { throw: NOTHING, timeout: NOTHING, kill: NOTHING, linger: DURATION, slow: DURATION },
  },
  // drop: $disconnect is never invoked, as a best-effort event may be.
  'gateway.disconnect': { subject: 'connection id', effects: { drop: NOTHING } },
  'connections.post': {
    subject: 'connection id',
    effects: { status: { kind: 'choice', choices: ['410', '429', '500'] }, reset: NOTHING, slow: DURATION },
  },
  'table.read': { subject: 'table', effects: { stale: DURATION } },
  'table.write': { subject: 'table', effects: { slow: DURATION, fail: NOTHING } },
  'table.conditional': { subject: 'table', effects: { slow: DURATION } },
  'states.start': { subject: 'state machine', effects: { refuse: NOTHING } },
  'states.express': { subject: 'state machine', effects: { twice: NOTHING } },
  'states.run': { subject: 'state machine', effects: { kill: { kind: 'duration', otherwise: '0ms' } } },
};
