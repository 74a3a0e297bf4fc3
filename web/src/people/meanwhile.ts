/** Makes what changes while the server is asked to its answer as well, which may be of before. */
export class Meanwhile {
  /** What has changed since each question that is under way. */
  readonly #asking = new Set<(() => void)[]>();

  /** @param change may be made twice */
  change(change: () => void): void {
    change();
    for (const changes of this.#asking) changes.push(change);
  }

  /** @throws as what is asked for does */
  async ask<Answer>(asked: Promise<Answer>, take: (answer: Answer) => void): Promise<Answer> {
    const changes: (() => void)[] = [];
    this.#asking.add(changes);
    try {
      const answer = await asked;
      take(answer);
      for (const change of changes) change();
      return answer;
    } finally {
      this.#asking.delete(changes);
    }
  }
}
