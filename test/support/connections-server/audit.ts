import type { PostOutcome, Recipient } from '../../../handlers/chat/ports';
import type { Report } from './script';

/** Where what a poster says and what the server delivered do not agree; all zero for an honest and tireless one. */
export interface Audit {
  /** Recipients who can be reached and did not get the frame. */
  readonly lost: number;
  /** Said to be posted, and were not. */
  readonly untrue: number;
  /** Recipients without an outcome. */
  readonly missing: number;
}

export function audit(
  recipients: readonly Recipient[],
  outcomes: readonly (PostOutcome | undefined)[],
  { delivered }: Report,
): Audit {
  const got = recipients.map(({ connectionId }) => Object.hasOwn(delivered, connectionId));
  const count = (test: (index: number) => boolean) => recipients.filter((_, index) => test(index)).length;
  return {
    lost: count((index) => !got[index]),
    untrue: count((index) => !got[index] && outcomes[index]?.outcome === 'posted'),
    missing: count((index) => outcomes[index] === undefined),
  };
}
