import type { Answer, Send } from '../../handlers/aws/poster';
import { normal } from '../support/seeded-random';
import type { VirtualTime } from '../support/virtual-time';
import { AWS } from './assumptions';

/** What is wrong with a connection; most are well. */
export type Condition = 'well' | 'gone' | 'unread' | 'slow';

/** A slow connection's posts take so long, in milliseconds. */
const SLOW = 1_000;

/**
 * `@connections` of one account: a token bucket in front, and behind it a latency for each post. Remembers when
 * each connection got its frame.
 */
export class GatewayModel {
  requests = 0;
  refused = 0;
  /** When each connection has its frame, in milliseconds; NaN while it has none. */
  readonly arrivals: Float64Array;
  /** Frames that came to a connection that had one. */
  twice = 0;
  readonly #time: VirtualTime;
  readonly #conditionOf: (index: number) => Condition;
  #tokens: number = AWS.gatewayBurst;
  #filledAt = 0;

  constructor(
    time: VirtualTime,
    connections: number,
    conditionOf: (index: number) => Condition = () => 'well',
  ) {
    this.#time = time;
    this.#conditionOf = conditionOf;
    this.arrivals = new Float64Array(connections).fill(NaN);
  }

  /** One post by a worker whose processor is `processor`. Connection ids are numbers as text. */
  readonly send =
    (processor: Processor): Send =>
    async (connectionId): Promise<Answer> => {
      await processor.work();
      this.requests += 1;
      if (!this.#admits()) {
        this.refused += 1;
        await this.#time.pause(AWS.postLatency / 3);
        return { status: 429 };
      }
      const index = Number(connectionId);
      const condition = this.#conditionOf(index);
      const latency = AWS.postLatency * Math.exp(AWS.postSpread * normal(() => this.#time.random()));
      await this.#time.pause(condition === 'slow' ? SLOW + latency : latency);
      if (condition === 'gone') return { status: 410 };
      if (condition === 'unread') return { status: 429 };
      if (Number.isNaN(this.arrivals[index])) this.arrivals[index] = this.#time.now();
      else this.twice += 1;
      return { status: 200 };
    };

  #admits(): boolean {
    const now = this.#time.now();
    const refill = ((now - this.#filledAt) * AWS.gatewayRate) / 1000;
    this.#tokens = Math.min(AWS.gatewayBurst, this.#tokens + refill);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The processor of one worker: requests are made one after the other. */
export class Processor {
  #freeAt = 0;
  constructor(
    private readonly time: VirtualTime,
    private readonly perPost: number = AWS.postProcessor,
  ) {}

  async work(): Promise<void> {
    const now = this.time.now();
    this.#freeAt = Math.max(this.#freeAt, now) + this.perPost;
    // Below the clock's resolution nobody has to wait.
    if (this.#freeAt - now >= 1) await this.time.pause(this.#freeAt - now);
  }
}
