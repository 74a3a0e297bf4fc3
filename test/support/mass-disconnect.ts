import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  type ListExecutionsCommandInput,
} from '@aws-sdk/client-sfn';
import { findInstallation } from '../../bin/operations/installation';
import { createAudience } from '../../handlers/aws/audience';
import { createConnections } from '../../handlers/aws/connections';
import { audienceRows } from '../../handlers/chat/connections';
import { MEMBER_LEFT } from '../../handlers/chat/events';
import { channelId } from '../../handlers/chat/ids';
import { sideBySide } from '../../handlers/chat/side-by-side';
import { connect } from './chat-client';
import { Deployed, planOf } from './deployed';
import { eventually } from './eventually';
import { aConnection } from './memory/examples';
import { startTestRuntime } from './runtime';

const ROUNDS = 3;

export interface MassDisconnect {
  /** Where the message's audience was served. */
  readonly tier: string;
  readonly parts: number;
  /** Messages until nobody was left: what a worker does not get done on a busy machine, the next message does. */
  readonly messages: number;
  /** From the first message to the last closed entry, in seconds. */
  readonly seconds: number;
  /** Rows that are left of the gone connections, in Connections and Audience. */
  readonly left: number;
  /** Entries of the outbox that are not closed. */
  readonly stuck: number;
  /** Whether the one living member got each message. */
  readonly reached: boolean;
  /** Executions of `fan-out` for a notice that somebody left. */
  readonly leaveNotices: number;
  /** The largest input or output of any state of any execution, in bytes. */
  readonly largestPayload: number;
}

/**
 * A room in which `gone` connections have ended without a word: their rows are there, and the gateway knows none of
 * them. Somebody writes, and one other living member listens.
 */
export async function massDisconnect(
  gone: number,
  { segmentSize, patience }: { segmentSize: number; patience: number },
): Promise<MassDisconnect> {
  // Few enough for the broadcast tier, which a room of this size has only with small parts otherwise.
  const context = { segmentSize: String(segmentSize), inlineParts: '5', alerts: 'off' };
  const runtime = await startTestRuntime({ context });
  const deployed = new Deployed(runtime.endpoint);
  const installation = await findInstallation({ endpoint: runtime.endpoint });
  try {
    const sender = await connect(`${runtime.url}?name=Sender`);
    const reader = await connect(`${runtime.url}?name=Reader`);
    await seed(gone);
    const stuck = async () =>
      (await deployed.rows('Outbox')).filter(({ state }) => state !== 'closed').length;
    /** Rows beyond those of the living: one each in Connections, two in Audience, their room's and their own. */
    const left = async () =>
      (await deployed.rows('Connections')).length + (await deployed.rows('Audience')).length - 2 * 3;
    const began = performance.now();
    const messageIds: unknown[] = [];
    do {
      sender.send({ action: 'sendMessage', message: 'is anybody there?' });
      messageIds.push((await sender.next({ ok: true }, patience)).messageId);
      await eventually(
        async () => {
          if ((await stuck()) > 0) throw new Error('The entry is not closed');
        },
        { timeout: patience, interval: 100 },
      );
      await runtime.stateMachines.idle();
    } while ((await left()) > 0 && messageIds.length < ROUNDS);
    const seconds = (performance.now() - began) / 1000;
    const deliveries = await deployed.rows('Deliveries');
    const plan = planOf(deliveries.filter(({ messageId }) => messageId === messageIds[0]));
    return {
      tier: plan?.tier ?? 'none',
      parts: plan?.parts ?? 0,
      seconds,
      messages: messageIds.length,
      left: await left(),
      stuck: await stuck(),
      reached: messageIds.every((id) =>
        reader.frames.some((frame) => typeof frame === 'object' && frame.messageId === id),
      ),
      leaveNotices: await leaveNoticesOf(deployed),
      largestPayload: await largestPayloadOf(deployed),
    };
  } finally {
    installation.close();
    deployed.close();
    await runtime.close();
  }
}

/** Rows as $connect writes them, of connections that the gateway has never heard of. */
async function seed(count: number): Promise<void> {
  const connections = Array.from({ length: count }, () =>
    aConnection(Date.now(), { rooms: [channelId('lobby')] }),
  );
  const groups = Array.from({ length: Math.ceil(count / 100) }, (_, index) =>
    connections.slice(index * 100, index * 100 + 100),
  );
  const [table, audience] = [createConnections(), createAudience()];
  await sideBySide(groups, 2, async (group) => {
    await sideBySide(group, 10, (connection) => table.add(connection));
    await audience.join(group.flatMap(audienceRows));
  });
}

async function listed({ states }: Deployed, input: ListExecutionsCommandInput) {
  const all: { executionArn: string | undefined }[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client: states }, input))
    all.push(...executions.map(({ executionArn }) => ({ executionArn })));
  return all;
}

async function leaveNoticesOf(deployed: Deployed): Promise<number> {
  const [one] = await deployed.executions('fan-out');
  const all = await listed(deployed, { stateMachineArn: one?.stateMachineArn });
  let notices = 0;
  await sideBySide(all, 20, async ({ executionArn }) => {
    const { input = '' } = await deployed.states.send(new DescribeExecutionCommand({ executionArn }));
    if (input.includes(`"${MEMBER_LEFT}"`)) notices += 1;
  });
  return notices;
}

async function largestPayloadOf(deployed: Deployed): Promise<number> {
  const parents = [...(await deployed.executions('fan-out')), ...(await deployed.executions('broadcast'))];
  const runs = await Promise.all(parents.map(({ executionArn }) => deployed.mapRuns(executionArn!)));
  const children = await Promise.all(runs.flat().map((mapRunArn) => listed(deployed, { mapRunArn })));
  const all = [...parents, ...children.flat()];
  let largestPayload = 0;
  for (const { executionArn } of all) {
    const pages = paginateGetExecutionHistory({ client: deployed.states }, { executionArn });
    for await (const { events = [] } of pages)
      for (const event of events) largestPayload = Math.max(largestPayload, ...payloadsOf(event));
  }
  return largestPayload;
}

/** The sizes of an event's inputs, outputs and parameters. */
function payloadsOf(value: unknown): number[] {
  if (typeof value === 'string') return [Buffer.byteLength(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(payloadsOf) : [];
}
