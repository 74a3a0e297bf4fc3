import { createAudience } from '../../handlers/aws/audience';
import { createConnections } from '../../handlers/aws/connections';
import { createEventBus } from '../../handlers/aws/event-bus';
import { createLedger } from '../../handlers/aws/ledger';
import { createMembers } from '../../handlers/aws/members';
import { audienceRows, type Connection } from '../../handlers/chat/connections';
import type { Log } from '../../handlers/chat/ports';
import { sideBySide } from '../../handlers/chat/side-by-side';
import { prunePart } from '../../handlers/fan-out/prune-part';
import type { AnswerLosingProxy } from '../contracts/answer-losing-proxy';
import { TestClock } from './memory/clock';
import { aConnection, aPlan, aRoomId, roomRow } from './memory/examples';
import { world } from './memory/world';

const OPERATIONS = [
  'GetItem',
  'BatchGetItem',
  'Query',
  'DeleteItem',
  'BatchWriteItem',
  'UpdateItem',
  'PutItem',
];
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

export interface PruningCost {
  readonly roomIds: readonly string[];
  /** Connections that were really removed. */
  readonly pruned: number;
  /** Calls of DynamoDB for them. */
  readonly calls: number;
  /** Rows of gone connections that are left in the rooms. */
  readonly left: number;
  /** Rows of living connections that are not there any more. */
  readonly liveRemoved: number;
}

/**
 * Prunes `gone` connections of one part that are in so many rooms, where as many others live, over HTTP.
 * @param proxy through which the adapters of this process reach DynamoDB
 */
export async function pruningCost(
  { gone: count, rooms }: { gone: number; rooms: number },
  proxy: AnswerLosingProxy,
): Promise<PruningCost> {
  const { now } = new TestClock();
  const ports = {
    connections: createConnections(now),
    audience: createAudience(now),
    members: createMembers(now),
    ledger: createLedger(now),
    bus: createEventBus(),
    sockets: world().sockets,
    log: SILENT,
  };
  const roomIds = Array.from({ length: rooms }, aRoomId);
  const messageId = `${roomIds[0]}.1`;
  const some = () => Array.from({ length: count }, () => aConnection(now(), { rooms: roomIds }));
  const [gone, live] = [some(), some()];
  await ports.audience.join([...gone, ...live].flatMap(audienceRows));
  await sideBySide([...gone, ...live], 10, (one) => ports.connections.add(one));
  await ports.ledger.begin(messageId, 0, 1, aPlan());
  const slots = gone.map((one) => roomRow(one).slot);
  await ports.ledger.add(messageId, 0, 1, { posted: [], gone: slots, failed: [], finished: true });

  const calls = () => OPERATIONS.reduce((sum, operation) => sum + proxy.carriedOut(operation), 0);
  const before = calls();
  const { pruned } = await prunePart({ messageId, attempt: 1, part: 0 }, ports);
  const cost = calls() - before;

  /** Rows of these connections, in Connections and in all partitions that they are in. */
  const found = async (connections: readonly Connection[]) => {
    let rows = 0;
    await sideBySide(connections, 10, async (one) => {
      const there = await Promise.all([
        ...audienceRows(one).map(({ partition, slot }) => ports.audience.find(partition, [slot])),
        ports.connections.find(one.connectionId).then((row) => (row === undefined ? [] : [row])),
      ]);
      rows += there.flat().length;
    });
    return rows;
  };
  const rowsEach = audienceRows(aConnection(now(), { rooms: roomIds })).length + 1;
  return {
    roomIds,
    pruned,
    calls: cost,
    left: await found(gone),
    liveRemoved: count * rowsEach - (await found(live)),
  };
}
