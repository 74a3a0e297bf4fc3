import type { Plan } from '../../handlers/chat/fan-out/plan';
import { normal } from '../support/seeded-random';
import { VirtualTime } from '../support/virtual-time';
import { AWS } from './assumptions';

const INVOKE = AWS.invoke + AWS.invokeJitter;
/** Event, workflow, claim with two round trips, worker with one. */
const INLINE_PATH = AWS.eventDelivery + AWS.expressStart + INVOKE + 2 * AWS.dynamodb + INVOKE + AWS.dynamodb;
/** One more write, the second workflow with its first step, the Distributed Map and its child. */
const BROADCAST_PATH =
  INLINE_PATH +
  AWS.dynamodb +
  (AWS.standardTransition + AWS.standardStart) +
  (INVOKE + AWS.dynamodb) +
  (AWS.standardTransition + AWS.distributedMapStart + AWS.expressStart);

/**
 * The least time to the last recipient, in milliseconds: the start latencies of a tier's path, then a sender without
 * any limit of its own, which posts the account's burst at once and the rest at the share, each post with its latency.
 */
export function timeLimit(tier: Plan['tier'], size: number, share: number, seed: number): number {
  const time = new VirtualTime(seed);
  let last = 0;
  for (let index = 0; index < size; index += 1) {
    const start = (Math.max(0, index + 1 - AWS.gatewayBurst) / share) * 1000;
    const latency = AWS.postLatency * Math.exp(AWS.postSpread * normal(() => time.random()));
    last = Math.max(last, start + latency);
  }
  return last + (tier === 'inline' ? INLINE_PATH : BROADCAST_PATH);
}
