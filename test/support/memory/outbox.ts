import {
  openShardOf,
  type FanOutStatus,
  type Message,
  type OutboxEntry,
} from '../../../handlers/chat/messages';
import type { Now } from '../../../handlers/chat/ports';
import type { Claim, Outbox } from '../../../handlers/chat/storage/messages';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

interface Row {
  readonly entry: OutboxEntry & { readonly claimedBy?: string };
  /** Only while the entry is open: it is in the index as long as it has this. */
  readonly dueAt?: number;
  readonly expiresAt?: number;
}

/** DynamoDB's Limit of one look at the index. */
const OVERDUE_AT_ONCE = 500;

export class MemoryOutbox implements Outbox {
  readonly rows = new Map<string, Row>();
  #pastIndex: Row[] | undefined;

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  append(message: Message, dueAt: number): Promise<'appended' | 'taken'> {
    return this.calls.run('outbox.append', message, (copy) => {
      const key = keyOf(copy.roomId, copy.seq);
      if (this.rows.has(key)) return 'taken';
      this.rows.set(key, { entry: { ...copy, state: 'open', attempt: 0 }, dueAt });
      return 'appended';
    });
  }

  lastSeq(roomId: string): Promise<number> {
    return this.calls.run('outbox.lastSeq', roomId, (id) =>
      [...this.rows.values()].reduce(
        (last, { entry }) => (entry.roomId === id ? Math.max(last, entry.seq) : last),
        0,
      ),
    );
  }

  find(roomId: string, seq: number): Promise<OutboxEntry | undefined> {
    return this.calls.run('outbox.find', seq, () => this.rows.get(keyOf(roomId, seq))?.entry);
  }

  range(roomId: string, from: number, to: number): Promise<Message[]> {
    return this.calls.run('outbox.range', { from, to }, (wanted) =>
      [...this.rows.values()]
        .map(({ entry }) => entry)
        .filter(({ roomId: id, seq }) => id === roomId && seq >= wanted.from && seq <= wanted.to)
        .sort((a, b) => a.seq - b.seq),
    );
  }

  claim(
    roomId: string,
    seq: number,
    claim: { attempt: number; claimant: string; dueAt: number },
  ): Promise<Claim> {
    return this.calls.run('outbox.claim', claim, ({ attempt, claimant, dueAt }): Claim => {
      const { entry, dueAt: leased = 0 } = this.rows.get(keyOf(roomId, seq)) ?? {};
      if (entry === undefined) return { outcome: 'missing' };
      if (entry.state !== 'open' || (entry.attempt !== attempt && entry.claimedBy !== claimant)) {
        return { outcome: 'taken' };
      }
      const claimed = { ...entry, attempt: attempt + 1, claimedBy: claimant };
      const due = attempt === 0 ? Math.max(leased, dueAt) : dueAt;
      this.rows.set(keyOf(roomId, seq), { entry: claimed, dueAt: due });
      return { outcome: 'claimed', entry: claimed };
    });
  }

  postpone(roomId: string, seq: number, at: { attempt: number; dueAt: number }): Promise<void> {
    return this.calls.run('outbox.postpone', at, ({ attempt, dueAt }) =>
      this.#change(roomId, seq, (row) =>
        row.entry.state === 'open' && row.entry.attempt === attempt ? { ...row, dueAt } : row,
      ),
    );
  }

  markArchived(roomId: string, seq: number, at: number): Promise<void> {
    return this.calls.run('outbox.markArchived', at, (archivedAt) =>
      this.#change(roomId, seq, (row) => ({ ...row, entry: { ...row.entry, archivedAt } })),
    );
  }

  markAlerted(roomId: string, seq: number, at: number): Promise<void> {
    return this.calls.run('outbox.markAlerted', at, (alertedAt) =>
      this.#change(roomId, seq, (row) => ({ ...row, entry: { ...row.entry, alertedAt } })),
    );
  }

  overdue(shard: number, before: number): Promise<{ roomId: string; seq: number }[]> {
    return this.calls.run('outbox.overdue', before, () =>
      (this.#pastIndex ?? [...this.rows.values()])
        .flatMap(({ dueAt = Infinity, entry: { roomId, seq } }) =>
          openShardOf(seq) === shard && dueAt < before ? [{ roomId, seq, dueAt }] : [],
        )
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, OVERDUE_AT_ONCE)
        .map(({ roomId, seq }) => ({ roomId, seq })),
    );
  }

  park(roomId: string, seq: number, attempt: number): Promise<void> {
    return this.calls.run('outbox.park', seq, () =>
      this.#change(roomId, seq, (row) =>
        row.entry.state === 'open' && row.entry.attempt === attempt
          ? { entry: { ...row.entry, state: 'parked' } }
          : row,
      ),
    );
  }

  status(roomId: string, seq: number): Promise<FanOutStatus | undefined> {
    return this.calls.run('outbox.status', seq, () => {
      const { entry, dueAt, expiresAt = Infinity } = this.rows.get(keyOf(roomId, seq)) ?? {};
      if (entry === undefined || expiresAt <= this.now()) return undefined;
      const { state, attempt, senderId, origin, echo, acceptedAt, archivedAt, alertedAt, redrivenAt } = entry;
      return {
        ...{ state, attempt, senderId, origin, echo, acceptedAt },
        ...given({ archivedAt, alertedAt, redrivenAt, dueAt }),
        ...(expiresAt === Infinity ? {} : { expiresAt }),
      };
    });
  }

  reopen(
    roomId: string,
    seq: number,
    seen: { state: OutboxEntry['state']; attempt: number; now: number },
  ): Promise<boolean> {
    return this.calls.run('outbox.reopen', seen, ({ state, attempt, now }) => {
      const entry = this.rows.get(keyOf(roomId, seq))?.entry;
      if (entry === undefined || entry.attempt !== attempt || entry.state !== state) return false;
      this.rows.set(keyOf(roomId, seq), { entry: { ...entry, state: 'open', redrivenAt: now }, dueAt: now });
      return true;
    });
  }

  /** From here on the index shows the rows as they are now, until it catches up. */
  holdIndexBack(): void {
    this.#pastIndex = [...this.rows.values()];
  }

  letIndexCatchUp(): void {
    this.#pastIndex = undefined;
  }

  /** What the workflow's step "Close the outbox entry" does. Gives whether it did. */
  close(roomId: string, seq: number, expiresAt: number): boolean {
    const entry = this.rows.get(keyOf(roomId, seq))?.entry;
    if (entry?.archivedAt === undefined || entry.state !== 'open') return false;
    this.rows.set(keyOf(roomId, seq), {
      entry: { ...entry, state: 'closed' },
      expiresAt: storedExpiry(expiresAt),
    });
    return true;
  }

  sweepExpired(): void {
    for (const [key, { expiresAt = Infinity }] of this.rows) {
      if (expiresAt <= this.now()) this.rows.delete(key);
    }
  }

  #change(roomId: string, seq: number, change: (row: Row) => Row): void {
    const row = this.rows.get(keyOf(roomId, seq));
    if (row !== undefined) this.rows.set(keyOf(roomId, seq), change(row));
  }
}

/** Without the members that are undefined, as a row without the attributes reads. */
function given(members: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function keyOf(roomId: string, seq: number): string {
  return `${roomId}/${seq}`;
}
