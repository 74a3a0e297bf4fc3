import { ServiceError } from '../service';
import { ExecutionEnvironment, InitializationError, type Surroundings } from './execution-environment';
import type { FunctionConfiguration } from './function-configuration';
import type { Outcome } from './outcome';
import { Turns } from './turns';

/**
 * The execution environments of one function. At least one is kept; more are started when all are busy, up to
 * `concurrency`, and stay; what comes beyond that waits its turn. On AWS it would get an environment of its own, and
 * nobody would wait for anybody: so that a flood of one keeps others waiting as little as can be, each party has its
 * turn. One that ended during an invocation is replaced at once.
 */
export class EnvironmentPool {
  readonly #configuration: FunctionConfiguration;
  readonly #surroundings: Surroundings;
  readonly #concurrency: number;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #waiting = new Turns<{
    readonly resolve: (environment: ExecutionEnvironment) => void;
    readonly reject: (error: Error) => void;
  }>();
  #starting = 0;
  #inFlight = 0;
  #closed = false;

  constructor(configuration: FunctionConfiguration, surroundings: Surroundings, concurrency: number) {
    this.#configuration = configuration;
    this.#surroundings = surroundings;
    this.#concurrency = concurrency;
  }

  /** Starts the first environment; resolves when its module is loaded, rejects with InitializationError. */
  async warm(): Promise<void> {
    if (this.#all.size === 0) await this.#start().ready;
  }

  /**
   * Runs one invocation when an environment is free.
   * @param trace the header that the function finds in its environment
   * @param party for whom it is, as far as turns go
   * @param afterwards runs when the handler has ended and before the environment is free again; what it gives
   *   is the outcome
   * @throws ServiceError TooManyRequestsException when the function's reserved concurrency is in use
   */
  async run(
    requestId: string,
    event: string,
    trace: string,
    party: string,
    afterwards: (outcome: Outcome, environment: ExecutionEnvironment) => Promise<Outcome> = (outcome) =>
      Promise.resolve(outcome),
  ): Promise<Outcome> {
    this.#refuseBeyondReserved();
    this.#inFlight += 1;
    try {
      const environment = await this.#obtain(party);
      const outcome = await afterwards(await environment.invoke(requestId, event, trace), environment);
      this.#release(environment);
      return outcome;
    } catch (error) {
      if (error instanceof InitializationError) return error.outcome;
      throw error;
    } finally {
      this.#inFlight -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closed = new Error(`Function ${this.#configuration.name} was closed`);
    for (const waiting of this.#waiting.clear()) waiting.reject(closed);
    await Promise.all([...this.#all].map((environment) => environment.terminate()));
  }

  #refuseBeyondReserved(): void {
    const { reservedConcurrency } = this.#configuration;
    if (reservedConcurrency === undefined || this.#inFlight < reservedConcurrency) return;
    throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429, {
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      Type: 'User',
    });
  }

  #obtain(party: string): Promise<ExecutionEnvironment> {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      this.#waiting.had(party);
      return Promise.resolve(idle);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(party, { resolve, reject });
      this.#startWhatIsMissing();
    });
  }

  #release(environment: ExecutionEnvironment): void {
    if (environment.alive) this.#offer(environment);
    else {
      this.#all.delete(environment);
      if (this.#all.size === 0 && !this.#closed) this.#start();
      this.#startWhatIsMissing();
    }
  }

  #startWhatIsMissing(): void {
    if (this.#closed) return;
    while (this.#all.size < this.#concurrency && this.#starting < this.#waiting.count) this.#start();
  }

  #start(): ExecutionEnvironment {
    const environment = new ExecutionEnvironment(this.#configuration, this.#surroundings);
    this.#all.add(environment);
    this.#starting += 1;
    environment.ready.then(
      () => {
        this.#starting -= 1;
        this.#offer(environment);
      },
      (error: unknown) => {
        this.#starting -= 1;
        this.#all.delete(environment);
        this.#waiting.next()?.reject(error instanceof Error ? error : new Error(String(error)));
        this.#startWhatIsMissing();
      },
    );
    void environment.ended.then(() => this.#forget(environment));
    return environment;
  }

  #offer(environment: ExecutionEnvironment): void {
    const next = this.#waiting.next();
    if (next === undefined) this.#idle.push(environment);
    else next.resolve(environment);
  }

  /** One that ended while it had nothing to do is missed only when the next invocation comes. */
  #forget(environment: ExecutionEnvironment): void {
    this.#all.delete(environment);
    const index = this.#idle.indexOf(environment);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}
