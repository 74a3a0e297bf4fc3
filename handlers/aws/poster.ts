import type { PostOutcome, Recipient } from '../chat/ports';
import type { Gate, PostingClock } from './gate';

/** What came of one request: the status of the answer, or a word for why there was none. */
export type Answer = { readonly status: number } | { readonly lost: string };

/** One request about one connection, over by `deadline` at the latest. Rejects only where no request could be made. */
export type Send = (connectionId: string, deadline: number) => Promise<Answer>;

/** Pauses double from the first to the longest. A long one would outlast a short outage by as much. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 500;

/** So often one connection is asked that answers 429 while others take what they are sent. */
const MOST_REFUSALS = 7;

interface Limits {
  /** On the clock that the poster was given. */
  readonly deadline: number;
  readonly postsPerSecond: number;
}

/**
 * Posts to many connections, to each in its own time: whoever waits to be asked again holds no place at the gate.
 * Temporary failures (429, 5xx, no answer) are tried again with full jitter until the deadline, whatever the number of
 * tries: a count that is fair to one connection is used up in moments when all of them fail together.
 * (Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
 */
export class Poster {
  readonly #gate: Gate;
  readonly #clock: PostingClock;
  readonly #health = new GatewayHealth();

  constructor(gate: Gate, clock: PostingClock) {
    this.#gate = gate;
    this.#clock = clock;
  }

  /** The outcomes in the recipients' order. */
  post(send: Send, recipients: readonly Recipient[], limits: Limits): Promise<PostOutcome[]> {
    return Promise.all(recipients.map(({ connectionId }) => this.#postOne(send, connectionId, limits)));
  }

  async #postOne(send: Send, connectionId: string, limits: Limits): Promise<PostOutcome> {
    const { deadline, postsPerSecond } = limits;
    let reason = 'no_time';
    let refusals = 0;
    for (let retry = 0; await this.#gate.enter(postsPerSecond, deadline); retry += 1) {
      let answer: Answer;
      try {
        answer = await send(connectionId, deadline);
      } finally {
        this.#gate.leave();
      }

      const outcome = lastWord(answer);
      if (retry === 0 || outcome?.outcome === 'posted') this.#health.note(!isRefusal(answer));
      if (outcome !== undefined) return outcome;
      reason = reasonOf(answer);
      if (isRefusal(answer) && this.#health.isWell()) refusals += 1;
      if (refusals === MOST_REFUSALS) break;

      const pause = this.#clock.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** retry);
      if (this.#clock.now() + pause >= deadline) break;
      await this.#clock.pause(pause);
    }
    return { outcome: 'failed', reason };
  }
}

/** What an answer settles for good; undefined where another try may help. */
function lastWord(answer: Answer): PostOutcome | undefined {
  if (!('status' in answer)) return undefined;
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: 'posted' };
  if (status === 410) return { outcome: 'gone' };
  return status === 429 || status >= 500 ? undefined : { outcome: 'failed', reason: reasonOf(answer) };
}

const isRefusal = (answer: Answer) => 'status' in answer && answer.status === 429;

/** A short word for the ledger: `status_429`, `timeout`, `ECONNRESET`. */
const reasonOf = (answer: Answer) => ('status' in answer ? `status_${answer.status}` : answer.lost);

/**
 * 429 has two meanings: the account's rate is used up, or this one client does not read what it is sent. Which of
 * them is seen from the others: while most connections take their posts at the first try, the gateway is well and a
 * refusal is the connection's own.
 */
class GatewayHealth {
  /** The share of first tries that were not refused, the latest counting most. Six refusals in a row turn it. */
  #share = 1;

  note(accepted: boolean): void {
    this.#share += ((accepted ? 1 : 0) - this.#share) / 8;
  }

  isWell(): boolean {
    return this.#share >= 0.5;
  }
}
