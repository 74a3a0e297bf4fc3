import { createSockets } from '../../handlers/aws/sockets';
import { connect } from '../support/chat-client';
import { eventually } from '../support/eventually';
import { startGateway, type Fixture } from '../local/gateway-fixture';
import { socketsContract, type OpenSocket } from './sockets.contract';

let gateway: Fixture;

beforeAll(async () => {
  gateway = await startGateway();
  process.env.CALLBACK_URL = gateway.endpoint;
});
afterEach(() => gateway.faults.set(''));
afterAll(() => gateway.close());

const connectionIds = () => gateway.gateway.connections().map(({ connectionId }) => connectionId);

let opening: Promise<unknown> = Promise.resolve();

/** One after the other, because a client is not told its connection's id. */
function open(): Promise<OpenSocket> {
  const opened = opening.then(openOne);
  opening = opened;
  return opened;
}

async function openOne(): Promise<OpenSocket> {
  const before = connectionIds();
  const client = await connect(gateway.websocket);
  const connectionId = await eventually(() => {
    const [found] = connectionIds().filter((id) => !before.includes(id));
    expect(found).toBeDefined();
    return found!;
  });
  return {
    connectionId,
    received: () => client.frames.map((frame) => (typeof frame === 'string' ? frame : JSON.stringify(frame))),
    kill: async () => {
      client.kill();
      await eventually(() => expect(connectionIds()).not.toContain(connectionId));
    },
    closed: async () => {
      expect(await client.closed).toMatchObject({ code: 1000 });
    },
  };
}

const harness = () => ({
  sockets: createSockets(),
  open,
  failing: (connectionId: string) => gateway.faults.set(`connections.post[${connectionId}]:status(500)`),
  slow: (connectionId: string) => {
    gateway.faults.set(`connections.post[${connectionId}]:slow(1s)`);
    return () => {};
  },
});

socketsContract('on the gateway', harness);

describe('Sockets on the gateway', () => {
  const limits = (milliseconds: number) => ({
    deadline: performance.now() + milliseconds,
    postsPerSecond: 1000,
  });

  it.each([
    ['status(429)', 'status_429'],
    ['status(500)', 'status_500'],
    // ECONNRESET in production; Jest's own Error class keeps the SDK from passing the code on.
    ['reset', expect.stringMatching(/^\w+$/)],
  ])('tries again after %s, because it is over in a moment', async (effect: string, reason: unknown) => {
    const socket = await open();
    gateway.faults.set(`connections.post[${socket.connectionId}]:${effect}@2`);
    expect(await createSockets().post('x', [socket], limits(3000))).toEqual([{ outcome: 'posted' }]);
    await eventually(() => expect(socket.received()).toEqual(['x']));

    gateway.faults.set(`connections.post[${socket.connectionId}]:${effect}`);
    const given = await createSockets().post('x', [socket], limits(200));
    expect(given).toEqual([{ outcome: 'failed', reason }]);
  });

  it('does not try again what can never work, because the deadline would be wasted on it', async () => {
    const socket = await open();
    const began = performance.now();
    const outcomes = await createSockets().post('x'.repeat(200_000), [socket], limits(5000));
    expect(outcomes).toEqual([{ outcome: 'failed', reason: 'status_413' }]);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
