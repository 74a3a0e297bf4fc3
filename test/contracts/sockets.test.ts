import { createSockets, gatewaySockets } from '../../handlers/aws/sockets';
import type { Sockets } from '../../handlers/chat/ports';
import { OPERATOR_KEY } from '../../local/credentials';
import { connect } from '../support/chat-client';
import { sdkSockets } from '../support/sdk-sockets';
import { eventually } from '../support/eventually';
import { startGateway, type Fixture } from '../local/gateway-fixture';
import { socketsContract, type OpenSocket } from './sockets.contract';

let gateway: Fixture;

beforeAll(async () => {
  gateway = await startGateway();
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

const options = () => ({
  url: gateway.endpoint,
  region: 'us-east-1',
  credentials: () => Promise.resolve(OPERATOR_KEY),
  inFlight: 50,
});

const harness = (sockets: Sockets) => ({
  sockets,
  open,
  failing: (connectionId: string) => gateway.faults.set(`connections.post[${connectionId}]:status(500)`),
  slow: (connectionId: string) => {
    gateway.faults.set(`connections.post[${connectionId}]:slow(1s)`);
    return () => {};
  },
});

const opened: { release(): void }[] = [];
function released<S extends { release(): void }>(sockets: S): S {
  opened.push(sockets);
  return sockets;
}
afterAll(() => opened.forEach((sockets) => sockets.release()));

const gatewayHarness = () => harness(released(gatewaySockets(options())));
socketsContract('on the gateway', gatewayHarness);
socketsContract('on the AWS SDK', () => harness(released(sdkSockets(options()))));

describe('Sockets on the gateway', () => {
  const limits = (milliseconds: number) => ({
    deadline: performance.now() + milliseconds,
    postsPerSecond: 1000,
  });

  it.each([
    ['status(429)', 'status_429'],
    ['status(500)', 'status_500'],
    ['reset', 'ECONNRESET'],
  ])('tries again after %s, because it is over in a moment', async (effect: string, reason: string) => {
    const { sockets } = gatewayHarness();
    const socket = await open();
    gateway.faults.set(`connections.post[${socket.connectionId}]:${effect}@2`);
    expect(await sockets.post('x', [socket], limits(20_000))).toEqual([{ outcome: 'posted' }]);
    await eventually(() => expect(socket.received()).toEqual(['x']));

    gateway.faults.set(`connections.post[${socket.connectionId}]:${effect}`);
    const given = await sockets.post('x', [socket], limits(1000));
    expect(given).toEqual([{ outcome: 'failed', reason }]);
  });

  it('does not try again what can never work, because the deadline would be wasted on it', async () => {
    const { sockets } = gatewayHarness();
    const socket = await open();
    const began = performance.now();
    const outcomes = await sockets.post('x'.repeat(200_000), [socket], limits(20_000));
    expect(outcomes).toEqual([{ outcome: 'failed', reason: 'status_413' }]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('gives up at the deadline what has no answer, because Lambda would end it with all that is known', async () => {
    const { sockets } = gatewayHarness();
    const [hanging, other] = [await open(), await open()];
    gateway.faults.set(`connections.post[${hanging.connectionId}]:slow(25s)`);
    const began = performance.now();
    const outcomes = await sockets.post('x', [hanging, other], limits(2000));
    expect(outcomes).toEqual([{ outcome: 'failed', reason: 'timeout' }, { outcome: 'posted' }]);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('says that a wrong key is refused, and at once, because no number of tries makes it right', async () => {
    const credentials = () => Promise.resolve({ ...OPERATOR_KEY, secretAccessKey: 'guessed' });
    const sockets = released(gatewaySockets({ ...options(), credentials }));
    const outcomes = await sockets.post('x', [await open()], limits(5000));
    expect(outcomes).toEqual([{ outcome: 'failed', reason: 'status_403' }]);
    await expect(sockets.close('any')).rejects.toThrow('status_403');
  });

  it('takes address, region and credentials from the function’s environment', async () => {
    process.env.CALLBACK_URL = gateway.endpoint;
    const socket = await open();
    expect(await createSockets().post('x', [socket], limits(3000))).toEqual([{ outcome: 'posted' }]);
  });

  it('signs with the credentials that hold when a page is begun, because they may be renewed between two', async () => {
    const { accessKeyId, secretAccessKey } = gateway.credentials.issue(
      'arn:aws:iam::000000000000:role/poster',
    );
    let held = { accessKeyId: 'expired', secretAccessKey };
    const sockets = released(gatewaySockets({ ...options(), credentials: () => Promise.resolve(held) }));
    const socket = await open();
    expect(await sockets.post('x', [socket], limits(3000))).toEqual([
      { outcome: 'failed', reason: 'status_403' },
    ]);
    held = { accessKeyId, secretAccessKey };
    expect(await sockets.post('x', [socket], limits(3000))).toEqual([{ outcome: 'posted' }]);
  });
});
