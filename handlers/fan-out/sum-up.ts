import type { Plan } from '../chat/fan-out/plan';
import { missedParts } from '../chat/fan-out/ledger';
import type { Ledger } from '../chat/storage/messages';
import * as aws from '../composition';
import { locate, messageStep } from './step-input';

export interface SumUpResult {
  readonly messageId: string;
  readonly roomId: string;
  readonly seq: number;
  /** Parts in which somebody was missed, ascending; all of them before the first attempt. */
  readonly parts: readonly number[];
  readonly plan: Plan;
}

/**
 * First and last step of `broadcast`: which parts still have missed recipients, by the ledger. A throw fails the
 * execution; the entry stays open and its lease runs out.
 */
export async function sumUp(input: unknown, ports: { ledger: Ledger }): Promise<SumUpResult> {
  const { messageId } = messageStep.parse(input);
  const [plan, records] = await Promise.all([
    ports.ledger.findPlan(messageId),
    ports.ledger.records(messageId),
  ]);
  if (plan === undefined) throw new Error(`There is no plan for ${messageId}`);
  return {
    messageId,
    ...locate(messageId),
    parts: missedParts(plan, records),
    plan,
  };
}

export const handler = (input: unknown) => sumUp(input, { ledger: aws.ledger() });
