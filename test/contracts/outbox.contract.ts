import { openShardOf, OPEN_SHARDS, type Message } from '../../handlers/chat/messages';
import type { Outbox } from '../../handlers/chat/storage/messages';
import { DAY, MINUTE, type TestClock } from '../support/memory/clock';
import { aDraft, aRoomId } from '../support/memory/examples';

export interface OutboxHarness {
  readonly outbox: Outbox;
  readonly clock: TestClock;
  /** What the workflow does at its end. */
  readonly close: (roomId: string, seq: number, expiresAt: number) => unknown;
  /** TTL, at work. */
  readonly sweepExpired: () => unknown;
}

export function outboxContract(name: string, createPort: () => OutboxHarness): void {
  describe(`Outbox ${name}`, () => {
    function room() {
      const harness = createPort();
      const roomId = aRoomId();
      const message = (seq: number): Message => ({ ...aDraft(harness.clock.now(), { roomId }), seq });
      /** Due times are unlike those of any other test, which share the index. */
      const due = harness.clock.now() + MINUTE;
      const overdue = async (seq: number, before: number) =>
        (await harness.outbox.overdue(openShardOf(seq), before)).filter((one) => one.roomId === roomId);
      return { ...harness, roomId, message, due, overdue };
    }

    it('keeps a message under its number as it is, open and unclaimed', async () => {
      const { outbox, roomId, message, due } = room();
      const first = message(1);
      expect(await outbox.append(first, due)).toBe('appended');
      expect(await outbox.find(roomId, 1)).toEqual({ ...first, state: 'open', attempt: 0 });
      expect(await outbox.find(roomId, 2)).toBeUndefined();
    });

    it('keeps what an edit and a deletion are about, and the id that a client gave', async () => {
      const { outbox, roomId, message, due } = room();
      const edit: Message = { ...message(1), kind: 'edit', ref: 7, clientMessageId: 'm1' };
      const deletion: Message = { ...message(2), kind: 'delete', ref: 7, text: '' };
      for (const one of [edit, deletion]) {
        await outbox.append(one, due);
        expect(await outbox.find(roomId, one.seq)).toEqual({ ...one, state: 'open', attempt: 0 });
      }
      const claim = { attempt: 0, claimant: 'run-1', dueAt: due };
      expect(await outbox.claim(roomId, 1, claim)).toMatchObject({ entry: { kind: 'edit', ref: 7 } });
    });

    it('gives a number once, because of 10 who want it 9 must step on', async () => {
      const { outbox, roomId, message, due } = room();
      const wanting = Array.from({ length: 10 }, () => message(7));
      const outcomes = await Promise.all(wanting.map((one) => outbox.append(one, due)));
      expect(outcomes.filter((one) => one === 'appended')).toHaveLength(1);
      const winner = wanting[outcomes.indexOf('appended')];
      expect(await outbox.find(roomId, 7)).toMatchObject({ appendId: winner?.appendId });
    });

    it('knows the last number of each room, by number and not by spelling', async () => {
      const { outbox, roomId, message, due } = room();
      expect(await outbox.lastSeq(roomId)).toBe(0);
      for (const seq of [9, 10, 11]) await outbox.append(message(seq), due);
      expect(await outbox.lastSeq(roomId)).toBe(11);
      expect(await outbox.lastSeq(aRoomId())).toBe(0);
    });

    it('reads the messages from one number to another, both included, and of no other room', async () => {
      const { outbox, roomId, message, due } = room();
      const messages = [8, 9, 10, 11].map(message);
      for (const one of messages) await outbox.append(one, due);
      await outbox.append({ ...message(10), roomId: aRoomId() }, due);
      expect(await outbox.range(roomId, 9, 10)).toMatchObject(messages.slice(1, 3));
      expect(await outbox.range(roomId, 9, 10)).toHaveLength(2);
      expect(await outbox.range(roomId, 1, 7)).toEqual([]);
    });

    it('counts an expired row among the numbers until it is swept, because the number is given', async () => {
      const { outbox, roomId, message, due, clock, close, sweepExpired } = room();
      await outbox.append(message(1), due);
      await outbox.markArchived(roomId, 1, clock.now());
      await close(roomId, 1, clock.now() + DAY);
      clock.advance(2 * DAY);
      expect(await outbox.lastSeq(roomId)).toBe(1);
      expect(await outbox.append(message(1), due)).toBe('taken');
      await sweepExpired();
      expect(await outbox.lastSeq(roomId)).toBe(0);
    });

    it('gives an attempt to one of many claimants, because events come more than once', async () => {
      const { outbox, roomId, message, due } = room();
      await outbox.append(message(1), due);
      const claims = await Promise.all(
        ['a', 'b', 'c', 'd'].map((claimant) => outbox.claim(roomId, 1, { attempt: 0, claimant, dueAt: due })),
      );
      expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
      expect(claims.filter(({ outcome }) => outcome === 'taken')).toHaveLength(3);
      expect(await outbox.find(roomId, 1)).toMatchObject({ attempt: 1, state: 'open' });
    });

    it('gives the attempt to the same claimant again without counting it twice, because steps are retried', async () => {
      const { outbox, roomId, message, due } = room();
      await outbox.append(message(1), due);
      const claim = { attempt: 0, claimant: 'run-1', dueAt: due };
      const first = await outbox.claim(roomId, 1, claim);
      expect(first).toMatchObject({ outcome: 'claimed', entry: { attempt: 1 } });
      expect(await outbox.claim(roomId, 1, claim)).toEqual(first);
    });

    it('leaves a due time that covers the lease of a first attempt, because moving it costs two writes more', async () => {
      const { outbox, roomId, message, due, overdue } = room();
      await outbox.append(message(1), due);
      await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run-1', dueAt: due - 10 });
      expect(await overdue(1, due)).toEqual([]);
      expect(await overdue(1, due + 1)).toEqual([{ roomId, seq: 1 }]);
    });

    it.each([
      ['late', 0, -10, 0],
      ['second', 1, 10, -10],
    ])(
      'gives a %s attempt its full lease and no more, because it is swept by that',
      async (_, attempt, before, leased) => {
        const { outbox, roomId, message, due, overdue } = room();
        await outbox.append(message(1), due + before);
        for (let n = 0; n < attempt; n += 1)
          await outbox.claim(roomId, 1, { attempt: n, claimant: `run-${n}`, dueAt: due + before });
        const dueAt = due + leased;
        const claim = { attempt, claimant: 'this run', dueAt };
        expect(await outbox.claim(roomId, 1, claim)).toMatchObject({ outcome: 'claimed' });
        expect(await overdue(1, dueAt)).toEqual([]);
        expect(await overdue(1, dueAt + 1)).toEqual([{ roomId, seq: 1 }]);
      },
    );

    it('does not let a late claimant take what a later attempt has', async () => {
      const { outbox, roomId, message, due } = room();
      await outbox.append(message(1), due);
      await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run-1', dueAt: due });
      await outbox.claim(roomId, 1, { attempt: 1, claimant: 'run-2', dueAt: due });
      const late = await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run-1', dueAt: due });
      expect(late).toEqual({ outcome: 'taken' });
      expect(await outbox.find(roomId, 1)).toMatchObject({ attempt: 2 });
    });

    it('tells a missing entry from a taken one, because only the first is an invalid event', async () => {
      const { outbox, roomId, message, due, clock, close } = room();
      const claim = { attempt: 0, claimant: 'run-1', dueAt: due };
      expect(await outbox.claim(roomId, 1, claim)).toEqual({ outcome: 'missing' });
      expect(await outbox.find(roomId, 1)).toBeUndefined();
      await outbox.append(message(1), due);
      await outbox.markArchived(roomId, 1, clock.now());
      await close(roomId, 1, clock.now() + DAY);
      expect(await outbox.claim(roomId, 1, claim)).toEqual({ outcome: 'taken' });
    });

    it('lists open entries that are overdue, oldest first, and each in one shard', async () => {
      const { outbox, roomId, message, due, overdue } = room();
      await outbox.append(message(1), due + 2);
      await outbox.append(message(1 + OPEN_SHARDS), due + 1);
      await outbox.append(message(1 + 2 * OPEN_SHARDS), due + 3);
      await outbox.append(message(2), due);
      expect(await overdue(1, due + 3)).toEqual([
        { roomId, seq: 1 + OPEN_SHARDS },
        { roomId, seq: 1 },
      ]);
      expect(await overdue(2, due)).toEqual([]);
      expect(await overdue(2, due + 1)).toEqual([{ roomId, seq: 2 }]);
    });

    it('moves the due time by claiming and postponing, but not for an attempt that is over', async () => {
      const { outbox, roomId, message, due, overdue } = room();
      await outbox.append(message(1), due);
      await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run-1', dueAt: due + 10 });
      expect(await overdue(1, due + 10)).toEqual([]);
      await outbox.postpone(roomId, 1, { attempt: 1, dueAt: due + 20 });
      await outbox.postpone(roomId, 1, { attempt: 0, dueAt: due - 20 });
      expect(await overdue(1, due + 20)).toEqual([]);
      expect(await overdue(1, due + 21)).toEqual([{ roomId, seq: 1 }]);
    });

    it('closes what is archived and nothing else, and then shows it to no sweep', async () => {
      const { outbox, roomId, message, due, overdue, clock, close } = room();
      await outbox.append(message(1), due);
      await Promise.resolve(close(roomId, 1, clock.now() + DAY)).catch(() => undefined);
      expect(await outbox.find(roomId, 1)).toMatchObject({ state: 'open' });
      await outbox.markArchived(roomId, 1, clock.now());
      await outbox.markAlerted(roomId, 1, clock.now() + 1);
      await close(roomId, 1, clock.now() + DAY);
      expect(await outbox.find(roomId, 1)).toMatchObject({
        state: 'closed',
        archivedAt: clock.now(),
        alertedAt: clock.now() + 1,
      });
      await outbox.postpone(roomId, 1, { attempt: 0, dueAt: due });
      expect(await overdue(1, due + DAY)).toEqual([]);
    });

    it('parks an open entry for good, kept and out of sight, and leaves a closed one closed', async () => {
      const { outbox, roomId, message, due, overdue, clock, close, sweepExpired } = room();
      await outbox.append(message(1), due);
      await outbox.append(message(2), due);
      await outbox.markArchived(roomId, 2, clock.now());
      await close(roomId, 2, clock.now() + 3 * DAY);
      await outbox.park(roomId, 1, 0);
      await outbox.park(roomId, 2, 0);
      clock.advance(2 * DAY);
      await sweepExpired();
      expect(await outbox.find(roomId, 1)).toMatchObject({ state: 'parked' });
      expect(await outbox.find(roomId, 2)).toMatchObject({ state: 'closed' });
      expect(await overdue(1, due + 2 * DAY)).toEqual([]);
      expect(await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run-1', dueAt: due })).toEqual({
        outcome: 'taken',
      });
    });

    it('tells how far a fan-out is without what was said or by what name, because an operator need not know', async () => {
      const { outbox, roomId, message, due, clock, close } = room();
      const first = message(1);
      const { senderId, origin, echo, acceptedAt } = first;
      await outbox.append(first, due);
      const facts = { senderId, origin, echo, acceptedAt };
      expect(await outbox.status(roomId, 1)).toEqual({ ...facts, state: 'open', attempt: 0, dueAt: due });
      await outbox.markArchived(roomId, 1, clock.now());
      await close(roomId, 1, clock.now() + DAY);
      const closed = { ...facts, state: 'closed', attempt: 0, archivedAt: clock.now() };
      expect(await outbox.status(roomId, 1)).toEqual({ ...closed, expiresAt: clock.now() + DAY });
      clock.advance(DAY);
      expect(await outbox.status(roomId, 1)).toBeUndefined();
      expect(await outbox.status(roomId, 2)).toBeUndefined();
    });

    it('reopens what is closed or parked: kept again, overdue at once, and claimable', async () => {
      const { outbox, roomId, message, due, overdue, clock, close, sweepExpired } = room();
      await outbox.append(message(1), due);
      await outbox.append(message(2), due);
      await outbox.markArchived(roomId, 1, clock.now());
      await close(roomId, 1, clock.now() + DAY);
      await outbox.park(roomId, 2, 0);
      const now = due + 5;
      expect(await outbox.reopen(roomId, 1, { state: 'closed', attempt: 0, now })).toBe(true);
      expect(await outbox.reopen(roomId, 2, { state: 'parked', attempt: 0, now })).toBe(true);
      clock.advance(2 * DAY);
      await sweepExpired();
      for (const seq of [1, 2]) {
        expect(await outbox.find(roomId, seq)).toMatchObject({ state: 'open', attempt: 0, redrivenAt: now });
        expect(await overdue(seq, now + 1)).toEqual([{ roomId, seq }]);
        const claim = { attempt: 0, claimant: `run-${seq}`, dueAt: due };
        expect(await outbox.claim(roomId, seq, claim)).toMatchObject({ outcome: 'claimed' });
      }
    });

    it('does not reopen what another attempt has changed since, because that attempt is under way', async () => {
      const { outbox, roomId, message, due } = room();
      await outbox.append(message(1), due);
      await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run-1', dueAt: due });
      expect(await outbox.reopen(roomId, 1, { state: 'open', attempt: 0, now: due })).toBe(false);
      expect(await outbox.reopen(roomId, 1, { state: 'parked', attempt: 1, now: due })).toBe(false);
      expect(await outbox.reopen(roomId, 2, { state: 'open', attempt: 0, now: due })).toBe(false);
      expect(await outbox.find(roomId, 2)).toBeUndefined();
    });

    it('makes no row by noting something about one that is not there', async () => {
      const { outbox, roomId, due } = room();
      await outbox.markArchived(roomId, 1, due);
      await outbox.markAlerted(roomId, 1, due);
      await outbox.postpone(roomId, 1, { attempt: 0, dueAt: due });
      await outbox.park(roomId, 1, 0);
      expect(await outbox.find(roomId, 1)).toBeUndefined();
    });
  });
}
