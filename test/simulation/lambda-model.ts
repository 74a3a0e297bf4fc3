import type { VirtualTime } from '../support/virtual-time';
import { AWS } from './assumptions';

/**
 * One Lambda function: an invocation gets an idle environment or, after a cold start, a new one. Environments keep
 * what their process keeps, `Local`, from one invocation to the next.
 */
export class LambdaModel<Local> {
  invocations = 0;
  /** Milliseconds that were paid, without initialization. */
  billed = 0;
  /** The most environments that were busy at one time. */
  busiest = 0;
  readonly #idle: Local[] = [];
  readonly #started: number[] = [];
  #busy = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly createLocal: () => Local,
    warm: number,
  ) {
    for (let index = 0; index < warm; index += 1) this.#idle.push(createLocal());
  }

  async invoke<Result>(work: (local: Local) => Promise<Result>): Promise<Result> {
    this.invocations += 1;
    this.busiest = Math.max(this.busiest, ++this.#busy);
    await this.time.pause(AWS.invoke - AWS.invokeJitter * Math.log(1 - this.time.random()));
    const local = this.#idle.pop() ?? (await this.#coldStart());
    const began = this.time.now();
    try {
      return await work(local);
    } finally {
      this.billed += this.time.now() - began;
      this.#idle.push(local);
      this.#busy -= 1;
    }
  }

  async #coldStart(): Promise<Local> {
    const now = this.time.now();
    // The one so many before must be ten seconds old.
    const before = this.#started.at(-AWS.environmentsPerTenSeconds);
    const at = Math.max(now, (before ?? -Infinity) + 10_000);
    this.#started.push(at);
    await this.time.pause(at - now + AWS.coldStart);
    return this.createLocal();
  }
}
