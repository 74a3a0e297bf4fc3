import { newId, newTicket, ticketHash } from '../../handlers/chat/ids';
import type { Tickets } from '../../handlers/chat/storage/people';
import type { Ticket } from '../../handlers/chat/tickets';
import { MINUTE, type TestClock } from '../support/memory/clock';

export interface TicketsHarness {
  readonly tickets: Tickets;
  readonly clock: TestClock;
}

export function ticketsContract(name: string, createPort: () => TicketsHarness): void {
  const aTicket = (now: number, overrides: Partial<Ticket> = {}): Ticket => ({
    hash: ticketHash(newTicket()),
    userId: newId('u'),
    kind: 'user',
    groups: ['agents'],
    name: 'ann',
    tokenExpiresAt: now + 60 * MINUTE,
    signedInAt: now - MINUTE,
    origin: 'https://chat.example',
    expiresAt: now + 30_001,
    ...overrides,
  });

  describe(`Tickets ${name}`, () => {
    it('gives a ticket back as it was kept, to the millisecond, because half a minute is short', async () => {
      const { tickets, clock } = createPort();
      const ofNoBrowser = aTicket(clock.now(), { origin: undefined });
      for (const ticket of [aTicket(clock.now(), { groups: [] }), ofNoBrowser]) {
        await tickets.keep(ticket);
        // Undefined or absent is the same to `toEqual`, and to whoever reads it.
        expect(await tickets.take(ticket.hash)).toEqual(ticket);
      }
    });

    it('gives a ticket to one of many who come with it at once, and to nobody later', async () => {
      const { tickets, clock } = createPort();
      const ticket = aTicket(clock.now());
      await tickets.keep(ticket);
      const taken = await Promise.all(Array.from({ length: 8 }, () => tickets.take(ticket.hash)));
      expect(taken.filter((one) => one !== undefined)).toEqual([ticket]);
      expect(await tickets.take(ticket.hash)).toBeUndefined();
    });

    it('knows no ticket that was never kept', async () => {
      expect(await createPort().tickets.take(ticketHash(newTicket()))).toBeUndefined();
    });
  });
}
