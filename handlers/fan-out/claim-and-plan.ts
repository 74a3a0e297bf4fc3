import * as z from 'zod/mini';
import { numberSetting, setting } from '../aws/environment';
import { alertsAgents, type AlertPolicy } from '../chat/fan-out/alerts';
import { planAudience, planDirect, SAMPLE_SIZE, type PlanSettings } from '../chat/fan-out/audience-plan';
import { INLINE_LEASE } from '../chat/fan-out/leases';
import { messageAccepted } from '../chat/events';
import { messageIdOf, personalPartition } from '../chat/ids';
import { missedParts } from '../chat/fan-out/ledger';
import type { Plan } from '../chat/fan-out/plan';
import type { Message, OutboxEntry } from '../chat/messages';
import type { Log, Now } from '../chat/ports';
import type { Ledger, Outbox } from '../chat/storage/messages';
import type { Audience, Rooms } from '../chat/storage/rooms';
import { isDirectRoom } from '../chat/rooms';
import { sideBySide } from '../chat/side-by-side';
import * as aws from '../composition';

/** What the workflow passes: the event's detail as it came, and a name for this one run of this step. */
const claimInput = z.object({ detail: z.unknown(), claimant: z.string() });

export type ClaimAndPlanResult =
  | { readonly outcome: 'invalid'; readonly messageId: string | null }
  | { readonly outcome: 'taken' }
  | {
      readonly outcome: 'claimed';
      readonly messageId: string;
      readonly roomId: string;
      readonly seq: number;
      readonly attempt: number;
      readonly tier: Plan['tier'];
      /** Parts to post from this workflow; none in the broadcast tier, which sums up for itself. */
      readonly parts: readonly number[];
      readonly plan: Plan;
      readonly archive: boolean;
      readonly alert: boolean;
    };

interface Ports {
  outbox: Outbox;
  audience: Audience;
  rooms: Rooms;
  ledger: Ledger;
  log: Log;
  now: Now;
  settings: PlanSettings & { alerts: AlertPolicy; alertWindowMs: number };
}

/**
 * First step of `fan-out`. Claims the attempt that the event asks for, or says that someone else has it; an event
 * that no outbox entry stands behind is `invalid`. What earlier attempts have done is not done again.
 * Safe to repeat. A throw leaves the entry as it was, and the sweep emits its event again.
 */
export async function claimAndPlan(input: unknown, ports: Ports): Promise<ClaimAndPlanResult> {
  const { detail, claimant } = claimInput.parse(input);
  const event = messageAccepted.safeParse(detail);
  if (!event.success || event.data.messageId !== messageIdOf(event.data.roomId, event.data.seq)) {
    ports.log.warn('invalid event');
    return { outcome: 'invalid', messageId: null };
  }
  const { messageId, roomId, seq, attempt } = event.data;
  // A first attempt will have to plan, so it reads the audience meanwhile; a later one has its plan.
  const [claim, made] = await Promise.all([
    ports.outbox.claim(roomId, seq, { attempt, claimant, dueAt: ports.now() + INLINE_LEASE }),
    attempt === 0 ? makePlan(roomId, ports) : undefined,
  ]);
  if (claim.outcome === 'missing') return { outcome: 'invalid', messageId };
  if (claim.outcome === 'taken') return { outcome: 'taken' };

  const { entry } = claim;
  const [plan, alert] = await Promise.all([
    planOnce(messageId, roomId, made, ports),
    claimAlert(messageId, entry, ports),
  ]);
  if (plan.tier === 'broadcast') {
    await ports.outbox.postpone(roomId, seq, { attempt: entry.attempt, dueAt: ports.now() + plan.lease });
  }
  const parts =
    plan.tier === 'broadcast' ? [] : await partsToPost(messageId, entry.attempt, plan, ports.ledger);
  ports.log.info('claimed', {
    messageId,
    attempt: entry.attempt,
    tier: plan.tier,
    size: plan.size,
    parts: plan.parts,
  });
  return {
    outcome: 'claimed',
    messageId,
    roomId,
    seq,
    attempt: entry.attempt,
    tier: plan.tier,
    parts,
    plan,
    archive: entry.archivedAt === undefined,
    alert,
  };
}

/** Asked here, so that in a window that is taken no function runs just to find that out. */
async function claimAlert(
  messageId: string,
  entry: OutboxEntry,
  { rooms, now, settings }: Ports,
): Promise<boolean> {
  if (entry.alertedAt !== undefined || !concernsAgents(entry) || !alertsAgents(settings.alerts)) return false;
  return rooms.claimAlert(entry.roomId, messageId, { now: now(), windowMs: settings.alertWindowMs });
}

/** What two people say to each other is no business of the agents, and a message that changes is not news to them. */
function concernsAgents({ roomId, kind }: Message): boolean {
  return kind === 'message' && !isDirectRoom(roomId);
}

async function makePlan(roomId: string, { audience, rooms, settings }: Ports): Promise<Plan> {
  if (!isDirectRoom(roomId)) return planAudience(await audience.sample(roomId, SAMPLE_SIZE), settings);
  const room = await rooms.find(roomId);
  if (room?.people === undefined) throw new Error(`${roomId} is no direct room of two people`);
  const partitions = [...new Set(room.people)].map(personalPartition);
  const people = await sideBySide(partitions, partitions.length, async (partition) => ({
    partition,
    sample: await audience.sample(partition, SAMPLE_SIZE),
  }));
  return planDirect(people, settings);
}

/** Stores the plan that was made, or finds the stored one. Storing gives the plan that holds, should there be one. */
async function planOnce(
  messageId: string,
  roomId: string,
  made: Plan | undefined,
  ports: Ports,
): Promise<Plan> {
  const stored = made === undefined ? await ports.ledger.findPlan(messageId) : undefined;
  if (stored !== undefined) return stored;
  return ports.ledger.storePlan(messageId, made ?? (await makePlan(roomId, ports)));
}

async function partsToPost(
  messageId: string,
  attempt: number,
  plan: Plan,
  ledger: Ledger,
): Promise<number[]> {
  return missedParts(plan, attempt === 1 ? [] : await ledger.records(messageId));
}

const alertPolicy = z.enum(['unattended', 'always', 'off']);

export const handler = (input: unknown) =>
  claimAndPlan(input, {
    outbox: aws.outbox(),
    audience: aws.audience(),
    rooms: aws.rooms(),
    ledger: aws.ledger(),
    log: aws.log(),
    now: Date.now,
    settings: {
      segmentSize: numberSetting('segmentSize'),
      inlineParts: numberSetting('inlineParts'),
      postsPerSecond: numberSetting('postsPerSecond'),
      alerts: alertPolicy.parse(setting('alerts')),
      alertWindowMs: numberSetting('alertWindowSeconds') * 1000,
    },
  });
