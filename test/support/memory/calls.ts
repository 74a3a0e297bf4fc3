/** What a port throws when the world fails it. Its message is a canary: an error's text must not reach a log. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/**
 * Every call of every memory port passes here: it takes a moment, so that concurrent callers interleave, it copies
 * what goes in and out, and it can be made to fail before or after its effect, as a call over a network does.
 */
export class Calls {
  /** Names of all calls so far, e.g. `outbox.append`. */
  readonly made: string[] = [];
  /** How many of the calls so far had to be waited for one after the other: round trips, where each is one. */
  depth = 0;
  #failure: { index: number; when: 'before' | 'after' } | undefined;

  /** Lets the call with this number (from 0) throw, once, having done nothing or everything. */
  failAt(index: number, when: 'before' | 'after'): void {
    this.#failure = { index, when };
  }

  async run<Input, Result>(
    name: string,
    input: Input,
    effect: (input: Input) => Result | Promise<Result>,
  ): Promise<Result> {
    const index = this.made.push(name) - 1;
    const depth = this.depth + 1;
    const copy = structuredClone(input);
    await this.#moment();
    this.#mayFail(index, 'before', name);
    const result = structuredClone(await effect(copy));
    await this.#moment();
    this.depth = Math.max(this.depth, depth);
    this.#mayFail(index, 'after', name);
    return result;
  }

  #moment(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #mayFail(index: number, when: 'before' | 'after', name: string): void {
    if (this.#failure?.index !== index || this.#failure.when !== when) return;
    this.#failure = undefined;
    throw new Unavailable(`canary: ${name} failed ${when} its effect`);
  }
}
