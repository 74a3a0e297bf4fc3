import type { SampledAudience } from '../../../handlers/chat/fan-out/audience-plan';
import { LIFETIME, type AudienceRow } from '../../../handlers/chat/connections';
import type { Now } from '../../../handlers/chat/ports';
import type { Audience, AudienceKey } from '../../../handlers/chat/storage/rooms';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

export class MemoryAudience implements Audience {
  /** By `partition/slot`. Expired rows stay until they are swept. */
  readonly rows = new Map<string, AudienceRow>();
  /** Rows, expired ones included, that one `page` looks at. */
  pageSize = 1000;

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  join(rows: readonly AudienceRow[]): Promise<void> {
    return this.calls.run('audience.join', rows, (copies) => {
      for (const row of copies) {
        const expiresAt = storedExpiry(row.expiresAt);
        this.rows.set(keyOf(row), { ...row, openedAt: expiresAt - LIFETIME, expiresAt });
      }
    });
  }

  leave(rows: readonly AudienceKey[]): Promise<void> {
    return this.calls.run('audience.leave', rows, (keys) => {
      for (const key of keys) this.rows.delete(keyOf(key));
    });
  }

  sample(partition: string, limit: number): Promise<SampledAudience> {
    return this.calls.run('audience.sample', partition, () => {
      const page = this.#inOrder(partition).slice(0, limit);
      const live = page.filter(this.#isLive);
      return {
        slots: live.map(({ slot }) => slot),
        expired: page.length - live.length,
        last: page.at(-1)?.slot,
        // As DynamoDB: a page that is full to the limit does not know whether there is more.
        complete: page.length < limit,
      };
    });
  }

  page(
    partition: string,
    range: { from: string; to: string; after?: string | undefined },
  ): Promise<{ rows: AudienceRow[]; next: string | null }> {
    return this.calls.run('audience.page', range, ({ from, to, after = '' }) => {
      const inRange = this.#inOrder(partition).filter(
        ({ slot }) => slot >= from && slot < to && slot > after,
      );
      const page = inRange.slice(0, this.pageSize);
      const next = page.length < this.pageSize ? null : (page.at(-1)?.slot ?? null);
      return { rows: page.filter(this.#isLive), next };
    });
  }

  find(partition: string, slots: readonly string[]): Promise<AudienceRow[]> {
    return this.calls.run('audience.find', slots, (wanted) =>
      wanted.flatMap((slot) => this.rows.get(keyOf({ partition, slot })) ?? []).filter(this.#isLive),
    );
  }

  sweepExpired(): void {
    for (const [key, row] of this.rows) if (!this.#isLive(row)) this.rows.delete(key);
  }

  #inOrder(partition: string): AudienceRow[] {
    return [...this.rows.values()]
      .filter((row) => row.partition === partition)
      .sort((a, b) => (a.slot < b.slot ? -1 : 1));
  }

  readonly #isLive = (row: AudienceRow) => row.expiresAt > this.now();
}

function keyOf({ partition, slot }: AudienceKey): string {
  return `${partition}/${slot}`;
}
