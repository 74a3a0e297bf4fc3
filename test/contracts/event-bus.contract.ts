import { FAN_OUT_PARKED, MESSAGE_ACCEPTED, type ChatEvent } from '../../handlers/chat/events';
import type { EventBus } from '../../handlers/chat/ports';
import { eventually } from '../support/eventually';
import { aRoomId } from '../support/memory/examples';

export interface EventBusHarness {
  readonly bus: EventBus;
  /** What reached the other side so far, in any order. */
  readonly arrived: () => ChatEvent[];
  readonly state: (state: 'takes' | 'refuses' | 'fails') => void;
  /** How often the bus was asked since it fails. */
  readonly tries: () => number;
}

const accepted = (roomId: string, seq: number): ChatEvent => ({
  type: MESSAGE_ACCEPTED,
  detail: { messageId: `${roomId}.${seq}`, roomId, seq, attempt: 0 },
});

const seqOf = ({ detail }: ChatEvent) => ('seq' in detail ? detail.seq : NaN);

export function eventBusContract(name: string, createPort: () => EventBusHarness): void {
  describe(`EventBus ${name}`, () => {
    const arrivedOf = ({ arrived }: EventBusHarness, roomId: string) =>
      arrived()
        .filter(({ detail }) => 'roomId' in detail && detail.roomId === roomId)
        .toSorted((a, b) => seqOf(a) - seqOf(b));

    it('brings each event as it is, type and detail, because rules and workflows read both', async () => {
      const harness = createPort();
      const roomId = aRoomId();
      const parked: ChatEvent = {
        type: FAN_OUT_PARKED,
        detail: { messageId: `${roomId}.2`, roomId, seq: 2, attempt: 7 },
      };
      expect(await harness.bus.publish([accepted(roomId, 1), parked])).toEqual([]);
      await eventually(() => expect(arrivedOf(harness, roomId)).toEqual([accepted(roomId, 1), parked]));
    });

    it('takes more than the 10 events of one call, because a caller need not know that limit', async () => {
      const harness = createPort();
      const roomId = aRoomId();
      const events = Array.from({ length: 23 }, (_, index) => accepted(roomId, index + 1));
      expect(await harness.bus.publish(events)).toEqual([]);
      await eventually(() => expect(arrivedOf(harness, roomId)).toEqual(events));
    });

    it('gives back what the bus did not take, because a call that succeeds can lose its entries', async () => {
      const harness = createPort();
      const roomId = aRoomId();
      harness.state('refuses');
      const events = [accepted(roomId, 1), accepted(roomId, 2)];
      expect(await harness.bus.publish(events)).toEqual(events);
      harness.state('takes');
      await harness.bus.publish([accepted(roomId, 3)]);
      await eventually(() => expect(arrivedOf(harness, roomId)).toEqual([accepted(roomId, 3)]));
    });

    it('throws after one try when the call fails, because a sender waits and the sweep does not', async () => {
      const harness = createPort();
      harness.state('fails');
      await expect(harness.bus.publish([accepted(aRoomId(), 1)])).rejects.toThrow();
      expect(harness.tries()).toBe(1);
      harness.state('takes');
    });
  });
}
