import type { HistoryRow } from '../../../handlers/chat/recall/history';
import type { Message } from '../../../handlers/chat/messages';
import type { Now } from '../../../handlers/chat/ports';
import type { ChatHistory } from '../../../handlers/chat/storage/messages';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

type Row = { -readonly [Member in keyof HistoryRow]: HistoryRow[Member] } & {
  edits: readonly number[];
};

export class MemoryChatHistory implements ChatHistory {
  /** By message id. Expired rows stay until they are swept, as in a table with TTL. */
  readonly rows = new Map<string, Row>();

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  keep(message: Message, expiresAt: number | undefined): Promise<void> {
    return this.calls.run('history.keep', message, (copy) => {
      const { roomId, seq, kind, ref, room, epoch, text } = copy;
      const { senderId, sender, acceptedAt, clientMessageId } = copy;
      const { rev, erased, edits, text: noted = text } = this.#row(roomId, seq);
      this.#put(roomId, {
        ...{ seq, erased, edits },
        ...(rev === undefined ? {} : { rev }),
        said: { roomId, seq, kind, ref, room, epoch, senderId, sender, acceptedAt, clientMessageId },
        ...(erased ? {} : { text: noted }),
        ...(expiresAt === undefined ? {} : { expiresAt: storedExpiry(expiresAt) }),
      });
    });
  }

  noteEdit(
    roomId: string,
    seq: number,
    edit: { seq: number; text: string },
    expiresAt: number | undefined,
  ): Promise<'noted' | 'erased'> {
    return this.calls.run('history.noteEdit', edit, ({ seq: rev, text }) => {
      const row = this.#row(roomId, seq);
      const edits = [...new Set([...row.edits, rev])];
      const isLatest = !row.erased && (row.rev === undefined || row.rev < rev);
      this.#put(roomId, isLatest ? { ...withExpiry(row, expiresAt), edits, text, rev } : { ...row, edits });
      return row.erased ? 'erased' : 'noted';
    });
  }

  erase(roomId: string, seq: number, expiresAt: number | undefined): Promise<number[]> {
    return this.calls.run('history.erase', seq, () => {
      const row = withExpiry(this.#row(roomId, seq), expiresAt);
      delete row.text;
      delete row.rev;
      this.#put(roomId, { ...row, erased: true });
      return [...row.edits];
    });
  }

  range(roomId: string, from: number, to: number): Promise<HistoryRow[]> {
    return this.calls.run('history.range', { from, to }, (wanted) =>
      [...this.rows]
        .filter(([id, { seq }]) => id === `${roomId}.${seq}` && seq >= wanted.from && seq <= wanted.to)
        .map(([, row]) => rowOf(row))
        .sort((a, b) => a.seq - b.seq),
    );
  }

  sweepExpired(): void {
    for (const [id, { expiresAt = Infinity }] of this.rows) {
      if (expiresAt <= this.now()) this.rows.delete(id);
    }
  }

  #row(roomId: string, seq: number): Row {
    return this.rows.get(`${roomId}.${seq}`) ?? { seq, erased: false, edits: [] };
  }

  #put(roomId: string, row: Row): void {
    this.rows.set(`${roomId}.${row.seq}`, row);
  }
}

function rowOf(row: Row): HistoryRow {
  const copy: Partial<Row> & HistoryRow = { ...row };
  delete copy.edits;
  return copy;
}

function withExpiry(row: Row, expiresAt: number | undefined): Row {
  return expiresAt === undefined || row.expiresAt !== undefined
    ? { ...row }
    : { ...row, expiresAt: storedExpiry(expiresAt) };
}
