import { VirtualTime } from './virtual-time';

/** Numbers from [0, 1) that are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  const time = new VirtualTime(seed);
  return () => time.random();
}

/** A standard normal number (Box and Muller 1958). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
