import { createAudience } from '../../handlers/aws/audience';
import { createConnections } from '../../handlers/aws/connections';
import { createEventBus } from '../../handlers/aws/event-bus';
import { createLedger } from '../../handlers/aws/ledger';
import { audienceRows } from '../../handlers/chat/connections';
import { sideBySide } from '../../handlers/chat/side-by-side';
import { prunePart } from '../../handlers/fan-out/prune-part';
import { eventually } from '../support/eventually';
import { capturedLog } from '../support/memory/captured-log';
import { TestClock } from '../support/memory/clock';
import { aConnection, aRoomId, roomRow } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { startAnswerLosingProxy, type AnswerLosingProxy } from './answer-losing-proxy';
import { startLocalAws, type LocalAws } from './local-aws';

const { now } = new TestClock();
const OPERATIONS = [
  'GetItem',
  'BatchGetItem',
  'Query',
  'DeleteItem',
  'BatchWriteItem',
  'UpdateItem',
  'PutItem',
];
let aws: LocalAws;
let proxy: AnswerLosingProxy;

beforeAll(async () => {
  aws = await startLocalAws();
  proxy = await startAnswerLosingProxy(`http://127.0.0.1:${aws.port}`);
  process.env.AWS_ENDPOINT_URL = proxy.url;
});
afterAll(async () => {
  await proxy.close();
  await aws.close();
});

describe('what pruning asks of DynamoDB', () => {
  it.each([
    ['one room', 1],
    ['three rooms', 3],
  ])(
    'is at most 1.2 calls a connection in %s, and one event for each room',
    async (_, rooms) => {
      const GONE = 500;
      const ports = {
        connections: createConnections(now),
        audience: createAudience(now),
        ledger: createLedger(now),
        bus: createEventBus(),
        sockets: world().sockets,
        log: capturedLog().log,
      };
      const roomIds = Array.from({ length: rooms }, aRoomId);
      const messageId = `${roomIds[0]}.1`;
      const gone = Array.from({ length: GONE }, () => aConnection(now(), { rooms: roomIds }));
      await ports.audience.join(gone.flatMap(audienceRows));
      await sideBySide(gone, 10, (one) => ports.connections.add(one));
      await ports.ledger.begin(messageId, 0, 1);
      const slots = gone.map((one) => roomRow(one).slot);
      await ports.ledger.add(messageId, 0, 1, { posted: [], gone: slots, failed: [], finished: true });

      const counts = () => OPERATIONS.map((operation) => proxy.carriedOut(operation));
      const before = counts();
      expect(await prunePart({ messageId, attempt: 1, part: 0 }, ports)).toEqual({ pruned: GONE });
      const calls = counts().reduce((sum, count, index) => sum + count - (before[index] ?? 0), 0);
      expect(calls).toBeGreaterThanOrEqual(GONE);
      expect(calls / GONE).toBeLessThanOrEqual(1.2);

      for (const roomId of roomIds) expect((await ports.audience.sample(roomId, 256)).slots).toEqual([]);
      const left = () => aws.events.filter(({ input }) => JSON.stringify(input).includes(roomIds[0]!));
      await eventually(() => expect(left()).toHaveLength(GONE));
    },
    30_000,
  );
});
