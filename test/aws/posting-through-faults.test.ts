import { gatewaySockets } from '../../handlers/aws/sockets';
import type { Sockets } from '../../handlers/chat/ports';
import { audit } from '../support/connections-server/audit';
import type { Script, Trouble } from '../support/connections-server/script';
import { startConnectionsServer, type ConnectionsServer } from '../support/connections-server/start';
import { sdkSockets } from '../support/sdk-sockets';

/** The poster against a gateway in another process that fails as it is told; `npm run bench` does it at full size. */
let server: ConnectionsServer;
const toRelease: { release(): void }[] = [];

beforeAll(async () => {
  server = await startConnectionsServer();
});
afterAll(async () => {
  toRelease.forEach((sockets) => sockets.release());
  await server.stop();
});

function poster(inFlight = 200) {
  const sockets = gatewaySockets({
    url: server.url,
    region: 'us-east-1',
    credentials: () => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 's' }),
    inFlight,
  });
  toRelease.push(sockets);
  return sockets;
}

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ connectionId: `c${index}=` }));
const posted = { outcome: 'posted' };

async function postTo(
  sockets: Sockets,
  recipients: readonly { connectionId: string }[],
  script: Script,
  budget = 20_000,
) {
  await server.follow(script);
  const began = performance.now();
  const outcomes = await sockets.post('frame', recipients, {
    deadline: began + budget,
    postsPerSecond: 7000,
  });
  const report = await server.report();
  return { outcomes, report, took: performance.now() - began, audit: audit(recipients, outcomes, report) };
}

const NOTHING_AMISS = { lost: 0, untrue: 0, missing: 0 };

describe('posting while the gateway fails', () => {
  it.each<[Trouble, number]>([
    [429, 50],
    [429, 1000],
    [500, 200],
    ['reset', 200],
  ])('R6: loses nobody when each first try meets %s, with %i in flight', async (firstTry, inFlight) => {
    const { outcomes, audit: found, report } = await postTo(poster(inFlight), people(1000), { firstTry });
    expect(found).toEqual(NOTHING_AMISS);
    expect(outcomes).toEqual(Array(1000).fill(posted));
    expect(report.answers).toMatchObject({ 200: 1000, [firstTry]: 1000 });
  });

  it.each<[Trouble, number]>([
    [429, 0],
    [500, 400],
    ['reset', 0],
    ['reset', 400],
  ])('R6: loses nobody in an outage of %s that begins after %i posts', async (trouble, after) => {
    const milliseconds = 1000;
    const outage = { after, milliseconds, trouble };
    const { audit: found, took } = await postTo(poster(), people(1000), { outage });
    expect(found).toEqual(NOTHING_AMISS);
    // The goal is outage + 1 s for each 1,000; a machine that is busy may take ten times the latter.
    expect(took).toBeLessThan(milliseconds + 10_000);
  });

  it('records a connection that never answers, without a delay for the others', async () => {
    const recipients = [{ connectionId: 'hanging-1' }, ...people(300)];
    const { outcomes, report, took } = await postTo(poster(20), recipients, {}, 3000);
    expect(outcomes).toEqual([{ outcome: 'failed', reason: 'timeout' }, ...Array<unknown>(300).fill(posted)]);
    expect(took).toBeGreaterThan(2900);
    expect(report.milliseconds).toBeLessThan(2500);
  });

  it('R7: asks a client that does not read seven times at most, and the others once', async () => {
    const recipients = [{ connectionId: 'slow-1' }, ...people(500)];
    const { outcomes, report } = await postTo(poster(50), recipients, {});
    expect(outcomes).toEqual([
      { outcome: 'failed', reason: 'status_429' },
      ...Array<unknown>(500).fill(posted),
    ]);
    expect(report.tries).toMatchObject({ 'slow-1': 7, 'c0=': 1 });
    expect(report.answers).toEqual({ 200: 500, 429: 7 });
  });

  it('tells the gone and the forbidden apart from the well', async () => {
    const recipients = [{ connectionId: 'gone-1' }, { connectionId: 'forbidden-1' }, ...people(3)];
    const { outcomes } = await postTo(poster(), recipients, {});
    expect(outcomes).toEqual([
      { outcome: 'gone' },
      { outcome: 'failed', reason: 'status_403' },
      posted,
      posted,
      posted,
    ]);
  });
});

describe('the audit of a poster', () => {
  const lossy = (sockets: Sockets): Sockets => ({
    ...sockets,
    async post(frame, recipients, limits) {
      const some = recipients.filter((_, index) => index % 100 !== 0);
      const outcomes = await sockets.post(frame, some, limits);
      return recipients.map((_, index) =>
        index % 100 === 0 ? { outcome: 'posted' } : outcomes[index - 1 - Math.floor(index / 100)]!,
      );
    },
  });

  it('finds one that says posted of what it did not send', async () => {
    const { audit: found } = await postTo(lossy(poster()), people(1000), {});
    expect(found).toEqual({ lost: 10, untrue: 10, missing: 0 });
  });

  it('finds the losses of the AWS SDK’s own retries when all of a fan-out meets 500 at first', async () => {
    const sockets = sdkSockets({ url: server.url, inFlight: 200 });
    toRelease.push(sockets);
    const { audit: found } = await postTo(sockets, people(1000), { firstTry: 500 });
    expect(found.lost).toBeGreaterThan(100);
    expect(found).toMatchObject({ untrue: 0, missing: 0 });
  });
});
