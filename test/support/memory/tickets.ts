import type { Tickets } from '../../../handlers/chat/storage/people';
import type { Ticket } from '../../../handlers/chat/tickets';
import type { Calls } from './calls';

export class MemoryTickets implements Tickets {
  readonly rows = new Map<string, Ticket>();

  constructor(private readonly calls: Calls) {}

  keep(ticket: Ticket): Promise<void> {
    return this.calls.run('tickets.keep', ticket, (kept) => void this.rows.set(kept.hash, kept));
  }

  take(hash: string): Promise<Ticket | undefined> {
    return this.calls.run('tickets.take', hash, (key) => {
      const ticket = this.rows.get(key);
      this.rows.delete(key);
      return ticket;
    });
  }
}
