import { massDisconnect } from '../support/mass-disconnect';
import type { Figure } from './figures';

const GONE = 20_000;

/** 20,000 connections of one room end without a word; the next message's broadcast finds and prunes them. */
export async function massDisconnectOfARoom(): Promise<Figure[]> {
  const result = await massDisconnect(GONE, { segmentSize: 500, patience: 900_000 });
  return [
    { name: 'rows left of gone connections', unit: 'rows', value: result.left, goal: '0' },
    { name: 'entries stuck', unit: 'entries', value: result.stuck, goal: '0' },
    { name: 'living members without a message', unit: 'members', value: result.reached ? 0 : 1, goal: '0' },
    { name: 'workflows for their leaving', unit: 'executions', value: result.leaveNotices, goal: '0' },
    { name: 'messages until nobody was left', unit: 'messages', value: result.messages },
    { name: 'largest payload', unit: 'KiB', value: result.largestPayload / 1024, goal: '≤ 256' },
    { name: `parts of the ${result.tier}`, unit: 'parts', value: result.parts },
    { name: 'from the first message to the last closed entry', unit: 's', value: result.seconds },
  ];
}
