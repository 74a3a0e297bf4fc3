import { DeleteItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { TableName } from '../../handlers/tables';
import { ParleyClient, type ClientOptions } from '../../client';
import { checkChatLogs, listenTo, seqsOf, type ClientLog, type Findings } from './chat-log-checker';
import { CutSockets } from './cut-sockets';
import { Deployed } from './deployed';
import { eventually } from './eventually';
import { spawnRuntime, type SpawnedRuntime } from './runtime';
import { seededRandom } from './seeded-random';
import { storedMessages } from './stored-messages';

const ROOM = 'recovery';
const SENDERS = 4;
const READERS = 3;
/** The number that is deleted from both tables, counted from the last. */
const HOLE = 10;
const PATIENCE = { timeout: 90_000, interval: 100 };

export interface RecoveryRun {
  readonly findings: Findings;
  /** The logs of those who came back late, by what happened to them. */
  readonly zero: ClientLog;
  readonly away: ClientLog;
  readonly holed: ClientLog;
  /** How many sockets the clients opened that were cut again and again. */
  readonly sockets: number;
  readonly messages: number;
}

/**
 * Messages flow into one room while clients are cut at random, often twice in a row, and the runtime is killed and
 * started again in the middle. Three come back at the end: one whose position was taken with zero messages, one
 * that was away for longer than the outbox keeps messages, and one of whose messages one is gone from both tables.
 *
 * @param data an empty directory
 */
export async function recoveryRun(
  data: string,
  { messages, seed = 1 }: { messages: number; seed?: number },
): Promise<RecoveryRun> {
  let runtime = await spawnRuntime(['--port', '0', '--data', data]);
  const url = () => runtime.url;
  const clients: ParleyClient[] = [];
  let stopCutting = () => {};
  const join = async (name: string, options: Partial<ClientOptions> = {}) => {
    const sockets = new CutSockets();
    const client = new ParleyClient({
      url,
      guest: { name, room: ROOM },
      WebSocket: sockets.WebSocket,
      // However often it is cut, it comes back soon.
      timing: { settledMs: 0 },
      ...options,
    });
    clients.push(client);
    await client.start().connected();
    return { client, sockets };
  };
  const comeBack = async (name: string, gone: ParleyClient, roomId: string) => {
    const positions = gone.positions();
    const guest = { name, room: ROOM, secret: gone.guestSecret };
    const log = listenTo(
      (await join(name, { positions, guest })).client,
      name,
      roomId,
      positions[roomId]?.seq,
    );
    return log;
  };
  try {
    const zero = (await join('Zero')).client;
    const { roomId } = await zero.commands.joinRoom(ROOM);
    const holed = (await join('Holed')).client;
    const away = (await join('Away')).client;
    await until('positions', () => [zero, holed, away].every((one) => one.positions()[roomId]?.seq === 0));
    zero.close();
    holed.close();
    const awayLog = listenTo(away, 'Away before', roomId);

    const active: { client: ParleyClient; sockets: CutSockets }[] = [];
    for (let index = 0; index < SENDERS + READERS; index += 1) active.push(await join(`Person ${index}`));
    const logs = active.map(({ client }, index) => listenTo(client, `Person ${index}`, roomId));
    stopCutting = cutAtRandom(active, seededRandom(seed));

    const sending = Promise.all(
      active.slice(0, SENDERS).flatMap(({ client }, sender) =>
        Array.from({ length: messages / SENDERS }, async (_, index) => {
          const text = `${sender}: ${index}`;
          return { text, seq: (await client.send(ROOM, text)).seq };
        }),
      ),
    );
    sending.catch(() => {});
    const reached = (share: number) =>
      until(`${share} of the messages`, () => logs.some((log) => log.entries.length > messages * share));
    await reached(0.25);
    const awayFrom = seqsOf(awayLog).length;
    away.close();
    await reached(0.5);
    runtime = await restart(runtime, data);
    const sent = await sending;
    const opened = () => active.reduce((sum, { sockets }) => sum + sockets.opened, 0);
    await until('enough cuts', () => opened() > 3 * active.length);
    stopCutting();
    await until('all messages', () => logs.every((log) => seqsOf(log).at(-1) === messages));

    // Fan-outs that died with the process go on when their leases are over: that, too, is to come soon.
    for (const { client } of active) client.close();
    // Not so soon that a lease is over before a busy machine has done what it is for.
    runtime = await restart(runtime, data, ['--speed', '20']);
    const deployed = new Deployed(runtime.endpoint);
    await eventually(async () => {
      const open = (await deployed.rows('Outbox')).filter(({ state }) => state !== 'closed');
      if (open.length > 0) throw new Error(`${open.length} entries are open`);
    }, PATIENCE);
    const stored = await storedMessages(deployed, roomId);
    const all = Array.from({ length: messages }, (_, index) => index + 1);
    await deleteRows(deployed, 'Outbox', roomId, all);
    const late = [
      { ...(await comeBack('Zero', zero, roomId)), name: 'Zero' },
      await comeBack('Away', away, roomId),
    ];
    await until('what was missed', () => late.every((log) => seqsOf(log).at(-1) === messages));
    await deleteRows(deployed, 'ChatHistory', roomId, [messages - HOLE]);
    deployed.close();
    const holedLog = await comeBack('Holed', holed, roomId);
    await until('being told', () => holedLog.entries.some((entry) => 'missing' in entry));

    const before = { ...awayLog, entries: [...awayLog.entries, afterwards(awayFrom)] };
    return {
      findings: checkChatLogs({ sent, stored, clients: [...logs, before, ...late, holedLog] }),
      zero: late[0]!,
      away: late[1]!,
      holed: holedLog,
      sockets: opened(),
      messages,
    };
  } finally {
    stopCutting();
    for (const client of clients) client.close();
    await runtime.kill();
  }
}

function until(what: string, condition: () => boolean): Promise<void> {
  return eventually(() => {
    if (!condition()) throw new Error(`${what} did not come`);
  }, PATIENCE);
}

/** What comes after a client was closed is no loss of that client. */
function afterwards(last: number): ClientLog['entries'][number] {
  return { missing: { after: last, upTo: Infinity }, reason: 'closed' };
}

async function restart(
  runtime: SpawnedRuntime,
  data: string,
  options: readonly string[] = [],
): Promise<SpawnedRuntime> {
  await runtime.kill();
  return spawnRuntime(['--port', '0', '--data', data, ...options]);
}

/**
 * Gives what stops it. Somebody loses the connection, every second time once more as soon as it is back; 0.2 to 1.2 s
 * after they are connected again it is the next one's turn, so that a slow machine is not cut off faster than it mends.
 */
function cutAtRandom(
  people: readonly { client: ParleyClient; sockets: CutSockets }[],
  random: () => number,
): () => void {
  let stopped = false;
  const cutOn = async () => {
    while (!stopped) {
      const { client, sockets } = people[Math.floor(random() * people.length)]!;
      const { opened } = sockets;
      sockets.cut();
      await until('the next socket', () => stopped || sockets.opened > opened);
      if (random() < 0.5) sockets.cut();
      await client.connected().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 1000));
    }
  };
  cutOn().catch(() => {});
  return () => (stopped = true);
}

/** As DynamoDB does when rows expire. */
async function deleteRows(
  deployed: Deployed,
  table: TableName,
  roomId: string,
  seqs: readonly number[],
): Promise<void> {
  const { TableNames = [] } = await deployed.dynamodb.send(new ListTablesCommand({}));
  const TableName = TableNames.find((name) => name.includes(table));
  for (const seq of seqs) {
    await deployed.dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall({ roomId, seq }) }));
  }
}
