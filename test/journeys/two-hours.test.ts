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

/** The platform's 2 hours take 4 seconds, and its 10 minutes a third of one. */
const SPEED = 1800;
const MINUTE = 60_000 / SPEED;
const NEVER = [1e9, 1e9] as const;
const ROOM = 'evening';
/** More often than by default: what is a minute to the gateway passes on this machine while it does something else. */
const PINGS = [MINUTE, 1.5 * MINUTE] as const;
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
  await client.start().connected();
  return { log: listenTo(client, name, roomId), endings, sockets };
}

test('the two-hour limit: clients live through 10 forced closes and 10 idle periods, and lose no message', async () => {
  const roomId = channelId(ROOM);
  const pinging = { pingMs: PINGS, replaceMs: NEVER };
  const forced = await person('Forced', pinging, roomId);
  const idle = await person('Idle', { pingMs: NEVER, replaceMs: NEVER }, roomId);
  const replacing = await person('Replacing', { pingMs: PINGS, replaceMs: REPLACEMENTS }, roomId);
  const silences = ({ endings }: { endings: string[] }) =>
    endings.filter((ending) => ending === '1001 Going away').length;
  const maximum = () => forced.endings.filter((ending) => ending === '1001 Maximum duration reached');
  // Without pings, the platform ends what is silent for 10 minutes.
  const george = await connect(`${runtime.url}?name=George&room=elsewhere`);
  const began = Date.now();
  expect(await george.closed).toMatchObject({ code: 1001, reason: 'Going away' });
  expect(Date.now() - began).toBeLessThan(119 * MINUTE);

  while (maximum().length < 10 || silences(idle) < 10) {
    const elaine = await connect(`${runtime.url}?name=Elaine&room=${ROOM}`);
    elaine.send({ action: 'sendMessage', message: 'message' });
    // A busy machine may need ten minutes of this time for the reply, and the connection is closed instead.
    await elaine.next({ ok: true }).catch(() => {});
    elaine.kill();
    await new Promise((resolve) => setTimeout(resolve, 20 * MINUTE + Math.random() * 20 * MINUTE));
  }

  const deployed = new Deployed(runtime.endpoint);
  const all = (await storedMessages(deployed, roomId)).map(({ seq }) => seq);
  deployed.close();
  expect(all).toEqual(all.map((_, index) => index + 1));
  expect(all.length).toBeGreaterThan(10);
  await eventually(
    () => {
      for (const { log } of [forced, idle, replacing]) expect(seqsOf(log)).toEqual(all);
    },
    { timeout: 20_000 },
  );
  // Those that ping are closed by age, not for silence, but for what a busy machine delays.
  expect(silences(idle)).toBeGreaterThanOrEqual(10);
  expect(silences(forced)).toBeLessThan(silences(idle) / 2);
  expect(silences(replacing)).toBeLessThan(silences(idle) / 2);
  expect(replacing.sockets.opened).toBeGreaterThanOrEqual(10);
}, 150_000);
