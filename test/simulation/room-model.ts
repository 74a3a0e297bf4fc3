import { PAGE_SIZE } from '../../handlers/chat/fan-out/audience-plan';
import type { AudienceRow } from '../../handlers/chat/connections';
import type { Audience } from '../../handlers/chat/storage/rooms';

const ROOM = 'r_simulated';
/** Long before the simulation begins, so that nobody's upgrade is under way. */
const OPENED = -10 * 60_000;
const EXPIRES = 60 * 60_000;

/**
 * A room of so many connections, one a person, at even places. Slots are drawn, not hashed: a hash is as even, and a
 * million of them would take longer than the fan-out. Connection ids are the rows' numbers in slot order.
 */
export class RoomModel {
  readonly roomId = ROOM;
  readonly #slots: string[];

  constructor(
    readonly size: number,
    random: () => number,
  ) {
    const half = () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    this.#slots = Array.from({ length: size }, () => half() + half() + half() + half()).sort();
  }

  /** The room as the port shows it, each call after `roundTrip`. */
  audience(roundTrip: () => Promise<void>): Pick<Audience, 'sample' | 'page'> {
    return {
      sample: async (_, limit) => {
        await roundTrip();
        const slots = this.#slots.slice(0, limit);
        return { slots, expired: 0, last: slots.at(-1), complete: this.size < limit };
      },
      page: async (_, { from, to, after }) => {
        await roundTrip();
        const first = after === undefined ? this.#firstFrom(from) : this.#firstFrom(`${after}0`);
        const end = Math.min(this.#firstFrom(to), first + PAGE_SIZE);
        const rows = Array.from({ length: end - first }, (_, index) => this.#row(first + index));
        return { rows, next: rows.length < PAGE_SIZE ? null : (rows.at(-1)?.slot ?? null) };
      },
    };
  }

  /** The first row whose slot is not below `bound`. */
  #firstFrom(bound: string): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slots[middle]! < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #row(index: number): AudienceRow {
    return {
      partition: ROOM,
      slot: this.#slots[index]!,
      connectionId: String(index),
      userId: String(index),
      openedAt: OPENED,
      expiresAt: EXPIRES,
    };
  }
}
