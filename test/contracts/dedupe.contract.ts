import { REMEMBERED, sentKey, type Reservation } from '../../handlers/chat/sending/dedupe';
import { newId } from '../../handlers/chat/ids';
import type { Dedupe } from '../../handlers/chat/storage/messages';
import { DAY, SECOND, type TestClock } from '../support/memory/clock';
import { aRoomId } from '../support/memory/examples';

export interface DedupeHarness {
  readonly dedupe: Dedupe;
  readonly clock: TestClock;
}

export function dedupeContract(name: string, createPort: () => DedupeHarness): void {
  describe(`Dedupe ${name}`, () => {
    function anId() {
      const { dedupe, clock } = createPort();
      const sent = sentKey(newId('u'), 'm1');
      const roomId = aRoomId();
      const reservation = (overrides: Partial<Reservation> = {}): Reservation => ({
        ...{ sent, body: 'hash', roomId, by: newId('a'), at: clock.now() },
        ...overrides,
      });
      const reply = { roomId, seq: 7, epoch: newId('e'), acceptedAt: clock.now() + 5 };
      return { dedupe, clock, sent, reservation, reply };
    }

    it('is reserved by one of ten, and the others see who has it and for what', async () => {
      const { dedupe, reservation } = anId();
      const wanting = Array.from({ length: 10 }, () => reservation());
      const outcomes = await Promise.all(wanting.map((one) => dedupe.reserve(one)));
      expect(outcomes.filter((one) => one === 'reserved')).toHaveLength(1);
      const winner = wanting[outcomes.indexOf('reserved')];
      for (const outcome of outcomes) if (outcome !== 'reserved') expect(outcome).toEqual(winner);
    });

    it('holds the reply once it is finished', async () => {
      const { dedupe, reservation, reply } = anId();
      const first = reservation({ roomId: undefined });
      await dedupe.reserve(first);
      await dedupe.finish(first, { ...reply });
      expect(await dedupe.reserve(reservation())).toEqual({ ...first, reply });
    });

    it('keeps of a message what its sender is told, and neither name nor text', async () => {
      const { dedupe, reservation, reply } = anId();
      const first = reservation();
      await dedupe.reserve(first);
      const message = { ...reply, text: 'canary text', sender: 'canary name' };
      await dedupe.finish(first, message);
      expect(JSON.stringify(await dedupe.reserve(reservation()))).not.toContain('canary');
    });

    it('is taken over by one of those who saw it, and then finished by that one alone', async () => {
      const { dedupe, reservation, reply } = anId();
      const dead = reservation();
      await dedupe.reserve(dead);
      const heirs = [reservation({ roomId: undefined }), reservation({ roomId: undefined })];
      const taken = await Promise.all(heirs.map((heir) => dedupe.takeOver(dead, heir)));
      expect([...taken].sort()).toEqual([false, true]);
      const heir = heirs[taken.indexOf(true)]!;
      await dedupe.finish(dead, reply);
      expect(await dedupe.reserve(reservation())).toEqual(heir);
      await dedupe.finish(heir, { ...reply, seq: 8 });
      expect(await dedupe.reserve(reservation())).toEqual({ ...heir, reply: { ...reply, seq: 8 } });
    });

    it('may be used again at once when it is released, and is not released by others or once it is finished', async () => {
      const { dedupe, reservation, reply } = anId();
      const first = reservation();
      await dedupe.reserve(first);
      await dedupe.release(reservation());
      expect(await dedupe.reserve(reservation())).toEqual(first);
      await dedupe.release(first);
      const second = reservation({ body: 'another' });
      expect(await dedupe.reserve(second)).toBe('reserved');
      await dedupe.finish(second, reply);
      await dedupe.release(second);
      expect(await dedupe.reserve(reservation())).toEqual({ ...second, reply });
    });

    it('is given anew to one after a week, with nothing left of what was', async () => {
      const { dedupe, clock, reservation, reply } = anId();
      const first = reservation();
      await dedupe.reserve(first);
      await dedupe.finish(first, reply);
      clock.advance(REMEMBERED - DAY);
      expect(await dedupe.reserve(reservation())).toMatchObject({ reply });
      clock.advance(DAY + SECOND);
      const wanting = Array.from({ length: 5 }, () => reservation({ roomId: undefined }));
      const outcomes = await Promise.all(wanting.map((one) => dedupe.reserve(one)));
      expect(outcomes.filter((one) => one === 'reserved')).toHaveLength(1);
      expect(await dedupe.reserve(reservation())).toEqual(wanting[outcomes.indexOf('reserved')]);
    });

    it('makes no row by finishing or releasing one that is not there', async () => {
      const { dedupe, reservation, reply } = anId();
      await dedupe.finish(reservation(), reply);
      await dedupe.release(reservation());
      expect(await dedupe.reserve(reservation())).toBe('reserved');
    });
  });
}
