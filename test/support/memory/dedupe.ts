import {
  REMEMBERED,
  type Numbered,
  type Reservation,
  type Reserved,
} from '../../../handlers/chat/sending/dedupe';
import type { Now } from '../../../handlers/chat/ports';
import type { Dedupe } from '../../../handlers/chat/storage/messages';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

export class MemoryDedupe implements Dedupe {
  readonly rows = new Map<string, { readonly reserved: Reserved; readonly expiresAt: number }>();

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  reserve(reservation: Reservation): Promise<'reserved' | Reserved> {
    return this.calls.run('dedupe.reserve', reservation, (copy) => {
      const row = this.rows.get(copy.sent);
      if (row !== undefined && row.expiresAt > this.now()) return row.reserved;
      this.#put(copy);
      return 'reserved';
    });
  }

  finish({ sent, by }: Pick<Reservation, 'sent' | 'by'>, reply: Numbered): Promise<void> {
    return this.calls.run('dedupe.finish', reply, ({ roomId, seq, epoch, acceptedAt }) => {
      const row = this.rows.get(sent);
      if (row?.reserved.by !== by) return;
      const reserved = { ...row.reserved, reply: { roomId, seq, epoch, acceptedAt } };
      this.rows.set(sent, { ...row, reserved });
    });
  }

  takeOver(seen: Reserved, reservation: Reservation): Promise<boolean> {
    return this.calls.run('dedupe.takeOver', reservation, (copy) => {
      if (this.rows.get(copy.sent)?.reserved.by !== seen.by) return false;
      this.#put(copy);
      return true;
    });
  }

  release({ sent, by }: Pick<Reservation, 'sent' | 'by'>): Promise<void> {
    return this.calls.run('dedupe.release', sent, () => {
      const row = this.rows.get(sent);
      if (row?.reserved.by === by && row.reserved.reply === undefined) this.rows.delete(sent);
    });
  }

  #put(reservation: Reservation): void {
    this.rows.set(reservation.sent, {
      reserved: reservation,
      expiresAt: storedExpiry(reservation.at + REMEMBERED),
    });
  }
}
