import type { SampledAudience } from '../../handlers/chat/fan-out/audience-plan';
import { normal, seededRandom } from '../support/seeded-random';

/** How many people have one, two, three … devices, as shares. */
export type Devices = readonly number[];

export interface DrawnRoom {
  /** Connections, all devices counted. */
  readonly size: number;
  /** The page that a plan is made of. */
  readonly sample: SampledAudience;
  /** The most connections in one of so many equal ranges, over their mean. */
  skew(parts: number): number;
}

const SPACE = 2 ** 53;

/** A person's devices stand at so many places, each at one of them by its own hash (`handlers/chat/ids.ts`). */
const PLACES = 64;

/**
 * A room of so many people with some number of devices each, at places drawn evenly, as numbers instead of hashed
 * rows: 53 of a place's 64 bits are drawn, and nothing here looks closer.
 */
export function drawnRoom(people: number, devices: Devices, limit: number, seed: number): DrawnRoom {
  const random = seededRandom(seed);
  const drawn: number[] = [];
  for (let person = 0; person < people; person += 1) {
    const places = new Map<number, number>();
    for (let left = drawDevices(devices, random()); left > 0; left -= 1) {
      const which = Math.floor(random() * PLACES);
      const place = places.get(which) ?? random();
      places.set(which, place);
      drawn.push(place);
    }
  }
  const rows = Float64Array.from(drawn).sort();
  const slots = Array.from(
    rows.subarray(0, limit),
    (place, index) => hexPlace(place) + String(index).padStart(16, '0'),
  );
  return {
    size: rows.length,
    sample: { slots, expired: 0, last: slots.at(-1), complete: rows.length < limit },
    skew(parts) {
      const filled = new Uint32Array(parts);
      for (const place of rows) {
        const part = Math.floor(place * parts);
        filled[part] = (filled[part] ?? 0) + 1;
      }
      return (Math.max(...filled) * parts) / rows.length;
    },
  };
}

/**
 * The page of a room of any size, without drawing the room: of evenly drawn places the smallest are sums of
 * exponential gaps over the sum of all gaps (Devroye 1986, V.3), and the rest of that sum is nearly normal.
 */
export function drawnPage(people: number, limit: number, seed: number): SampledAudience {
  const random = seededRandom(seed);
  const sums: number[] = [];
  let sum = 0;
  for (let index = 0; index < limit; index += 1) sums.push((sum -= Math.log(1 - random())));
  const rest = people + 1 - limit;
  const total = sum + rest + Math.sqrt(rest) * normal(random);
  const slots = sums.map((one) => hexPlace(one / total) + '0'.repeat(16));
  return { slots, expired: 0, last: slots.at(-1), complete: false };
}

function drawDevices(shares: Devices, drawn: number): number {
  let below = 0;
  for (const [index, share] of shares.entries()) if (drawn < (below += share)) return index + 1;
  return shares.length;
}

function hexPlace(fraction: number): string {
  return (BigInt(Math.floor(fraction * SPACE)) << 11n).toString(16).padStart(16, '0');
}
