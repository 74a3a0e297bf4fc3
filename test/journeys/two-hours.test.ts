import { ParleyClient, TIMING, type ClientOptions } from '../../client';
import { channelId } from '../../handlers/chat/ids';
import type { Runtime } from '../../local/runtime';
import { connect } from '../support/chat-client';
import { listenTo, seqsOf } from '../support/chat-log-checker';
import { CutSockets } from '../support/cut-sockets';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { storedMessages } from '../support/stored-messages';

/** The platform's 2 hours take 24 seconds and its 10 minutes two, in which a busy machine must hear of somebody. */
const SPEED = 300;
const MINUTE = 60_000 / SPEED;
const NEVER = [1e9, 1e9] as const;
const ROOM = 'evening';
/** Of those who are closed by age or replace in time; what they live through counts together. */
const PEOPLE = 6;
/** More often than by default: what is a minute to the gateway passes on this machine while it does something else. */
const PINGS = [3 * MINUTE, 4 * MINUTE] as const;
const REPLACEMENTS = TIMING.replaceMs.map((milliseconds) => milliseconds / SPEED) as [number, number];

let runtime: Runtime;
const clients: ParleyClient[] = [];
beforeAll(async () => {
  runtime = await startTestRuntime({ speed: SPEED });
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await runtime.close();
});

/** A client that writes down what it gets and how its connections ended. */
async function person(name: string, timing: ClientOptions['timing'], roomId: string) {
  const sockets = new CutSockets();
  const { WebSocket } = sockets;
  const client = new ParleyClient({
    url: runtime.url,
    guest: { name, room: ROOM },
    WebSocket,
    timing: { settledMs: 0, ...timing },
  });
  clients.push(client);
  const endings: string[] = [];
  client.on('disconnected', ({ code, reason }) => endings.push(`${code} ${reason}`));
  client.start();
  // It goes on trying where a busy machine lets ten minutes pass before it is greeted.
  await eventually(() => client.connected(), { timeout: 120_000 });
  return { log: listenTo(client, name, roomId), endings, sockets };
}

test('S3, keep-alive: the two-hour limit: clients live through 10 forced closes and 10 idle periods, and lose no message', async () => {
  const roomId = channelId(ROOM);
  const pinging = { pingMs: PINGS, replaceMs: NEVER };
  /** One after the other: on a busy machine ten minutes are soon over for those who all connect at once. */
  const people = async (kind: string, count: number, timing: ClientOptions['timing']) => {
    const all: Awaited<ReturnType<typeof person>>[] = [];
    while (all.length < count) all.push(await person(`${kind} ${all.length}`, timing, roomId));
    return all;
  };
  const forced = await people('Forced', PEOPLE, pinging);
  const idle = await people('Idle', 1, { pingMs: NEVER, replaceMs: NEVER });
  const replacing = await people('Replacing', PEOPLE, { pingMs: PINGS, replaceMs: REPLACEMENTS });
  const endings = (kind: readonly { endings: string[] }[], ending: string) =>
    kind.flatMap((one) => one.endings).filter((each) => each === ending).length;
  const replacements = () => replacing.reduce((sum, { sockets }) => sum + sockets.opened - 1, 0);
  // Without pings, the platform ends what is silent for 10 minutes.
  const george = await connect(`${runtime.url}?name=George&room=elsewhere`);
  const began = Date.now();
  expect(await george.closed).toMatchObject({ code: 1001, reason: 'Going away' });
  expect(Date.now() - began).toBeLessThan(119 * MINUTE);

  while (
    endings(forced, '1001 Maximum duration reached') < 10 ||
    endings(idle, '1001 Going away') < 10 ||
    replacements() < 10
  ) {
    const elaine = await connect(`${runtime.url}?name=Elaine&room=${ROOM}`);
    elaine.send({ action: 'sendMessage', message: 'message' });
    // A busy machine may need ten minutes of this time for the reply, and the connection is closed instead.
    await elaine.next({ ok: true }).catch(() => {});
    elaine.kill();
    await new Promise((resolve) => setTimeout(resolve, 5 * MINUTE + Math.random() * 10 * MINUTE));
  }

  const deployed = new Deployed(runtime.endpoint);
  const all = (await storedMessages(deployed, roomId)).map(({ seq }) => seq);
  deployed.close();
  expect(all).toEqual(all.map((_, index) => index + 1));
  expect(all.length).toBeGreaterThan(10);
  await eventually(
    () => {
      for (const { log } of [...forced, ...idle, ...replacing]) expect(seqsOf(log)).toEqual(all);
    },
    { timeout: 20_000 },
  );
}, 600_000);
