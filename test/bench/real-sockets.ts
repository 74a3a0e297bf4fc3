import { auditLedger, auditPushes, auditRows, type LedgerFindings } from '../support/delivery-audit';
import { Deployed } from '../support/deployed';
import { spawnRuntime } from '../support/runtime';
import { WorkerMemory } from '../support/worker-memory';
import type { Figure } from './figures';
import { median } from './pairs';
import { besideTheIllOnRealSockets } from './real-sockets-beside-the-ill';
import { RoomOfSockets, type Member, type Sent } from './room-of-sockets';

const SIZE = 3_000;
const KILLED = 600;
const MESSAGES = 10;
/** So many messages have somebody die just before them; who died last is found by one more. */
const WAVES = MESSAGES - 1;
const MB = 2 ** 20;

const TIERS = {
  inline: [],
  // Twelve parts and more are too many to be served inline.
  broadcast: ['-c', 'segmentSize=250', '-c', 'inlineParts=5'],
} as const;

/** Rooms of real sockets through both tiers while a fifth of them dies without a word, and P8 on real sockets. */
export async function realSockets(): Promise<Figure[]> {
  return [
    ...(await throughTier('inline')),
    ...(await throughTier('broadcast')),
    ...(await besideTheIllOnRealSockets(SIZE)),
  ];
}

/**
 * The runtime is a process of its own, this one holds the sockets. In nine waves 600 of 3,000 drop their sockets
 * without a close, each wave at the very moment of a message, and their $disconnect is lost. The tenth message finds
 * whoever the ninth one still took for living.
 */
async function throughTier(tier: keyof typeof TIERS): Promise<Figure[]> {
  const context = ['-c', 'alerts=off', ...TIERS[tier]];
  const runtime = await spawnRuntime(['--port', '0', '--ephemeral', ...context], ['--inspect=0']);
  const deployed = new Deployed(runtime.endpoint);
  const memory = await WorkerMemory.of(runtime.output());
  try {
    await deployed.faults('gateway.disconnect:drop');
    const began = performance.now();
    const room = await RoomOfSockets.open(runtime.url, deployed, 'crowd', SIZE);
    const connecting = (performance.now() - began) / 1000;
    // The first are the oldest, so that their grace is over soonest.
    const killed = room.members.slice(0, KILLED);
    const living = room.members.slice(KILLED);
    await room.outgrowGrace(killed);

    const sent: (Sent & { audience: readonly string[] })[] = [];
    const workers: number[] = [];
    const resident: number[] = [];
    for (let index = 0; index < MESSAGES; index += 1) {
      const audience = await room.audience();
      for (const member of killed.filter((_, place) => place % WAVES === index)) member.client.kill();
      sent.push({ ...(await room.send(`message ${index}`)), audience });
      const held = await memory.heldWhere(`process.env.AWS_LAMBDA_FUNCTION_NAME?.includes('posttopart')`);
      workers.push(Math.max(...held) / MB);
      resident.push((await memory.resident()) / MB);
    }
    const figures = [
      ...pushFigures(living, room, sent),
      ...(await ledgerFigures(tier, living, room, sent)),
      ...(await rowFigures(living, deployed)),
      { name: '$disconnects suppressed', unit: 'calls', value: await fired(deployed), goal: `${KILLED}` },
      { name: 'largest post-to-part worker after message 1', unit: 'MB', value: workers[0] ?? NaN },
      { name: `the same after message ${MESSAGES}`, unit: 'MB', value: workers.at(-1) ?? NaN },
      {
        name: 'growth of it',
        unit: 'times',
        value: (workers.at(-1) ?? NaN) / (workers[0] ?? NaN),
        goal: '≤ 1.1',
      },
      { name: 'whole runtime (resident) after message 1', unit: 'MB', value: resident[0] ?? NaN },
      { name: `the same after message ${MESSAGES}`, unit: 'MB', value: resident.at(-1) ?? NaN },
      { name: `opening ${SIZE.toLocaleString('en')} sockets`, unit: 's', value: connecting },
    ];
    room.close();
    return figures.map((figure) => ({ ...figure, name: `${tier}: ${figure.name}` }));
  } finally {
    // Node waits at its end for an inspector that is still attached.
    memory.close();
    deployed.close();
    await runtime.stop();
  }
}

function pushFigures(living: readonly Member[], room: RoomOfSockets, sent: readonly Sent[]): Figure[] {
  const readers = living.filter((member) => member !== room.sender);
  const found = auditPushes(
    readers.map(({ arrivals }) => arrivals),
    sent.map(({ text }) => text),
  );
  const last = sent.map(({ messageId, at }) => {
    const times = readers.flatMap(({ arrivals }) =>
      arrivals.flatMap((arrival) => (arrival.messageId === messageId ? [arrival.at - at] : [])),
    );
    return times.reduce((a, b) => Math.max(a, b), 0);
  });
  return [
    { name: 'pushes expected', unit: 'pushes', value: readers.length * sent.length },
    { name: 'pushes missing', unit: 'pushes', value: found.missing, goal: '0' },
    { name: 'pushes twice after dedupe', unit: 'pushes', value: found.twice, goal: '0' },
    { name: 'pushes twice before dedupe', unit: 'pushes', value: found.repeated },
    { name: 'pushes that nobody sent', unit: 'pushes', value: found.foreign, goal: '0' },
    { name: 'until the last push, median', unit: 's', value: median(last) / 1000 },
  ];
}

async function ledgerFigures(
  tier: keyof typeof TIERS,
  living: readonly Member[],
  room: RoomOfSockets,
  sent: readonly (Sent & { audience: readonly string[] })[],
): Promise<Figure[]> {
  const origin = room.slotIn(room.sender);
  const withoutOrigin = (slots: readonly string[]) => slots.filter((slot) => slot !== origin);
  const gone = new Set<string>();
  const found: LedgerFindings[] = [];
  let [attempts, slots, inTier] = [0, 0, 0];
  const parts: number[] = [];
  for (const message of sent) {
    const { records, ...plan } = await room.ledgerOf(message);
    parts.push(plan.parts);
    if (plan.tier === tier) inTier += 1;
    const audience = withoutOrigin(message.audience);
    found.push(
      auditLedger({
        audience,
        living: withoutOrigin(living.map((member) => room.slotIn(member))),
        records,
      }),
    );
    for (const slot of records.flatMap((record) => record.gone)) gone.add(slot);
    attempts += await room.attemptsOf(message);
    slots += audience.length;
  }
  const total = (what: keyof LedgerFindings) => found.reduce((sum, one) => sum + one[what], 0);
  return [
    { name: 'messages in this tier', unit: 'messages', value: inTier, goal: `${MESSAGES}` },
    { name: 'parts, median', unit: 'parts', value: median(parts) },
    { name: 'attempts', unit: `for ${sent.length} messages`, value: attempts },
    { name: 'places in an audience', unit: 'slots', value: slots },
    { name: 'places without an outcome', unit: 'slots', value: total('unaccounted'), goal: '0' },
    { name: 'outcomes of who was not there', unit: 'slots', value: total('strangers'), goal: '0' },
    { name: 'living never recorded as posted', unit: 'slots', value: total('unreached'), goal: '0' },
    { name: 'living recorded as gone', unit: 'slots', value: total('declaredGone'), goal: '0' },
    { name: 'found gone', unit: 'connections', value: gone.size, goal: `${KILLED}` },
  ];
}

async function rowFigures(living: readonly Member[], deployed: Deployed): Promise<Figure[]> {
  const [connections, audience] = [await deployed.rows('Connections'), await deployed.rows('Audience')];
  const { unpruned, removed } = auditRows(
    living.map(({ connection }) => connection),
    { connections, audience },
  );
  return [
    { name: 'rows of the dead that are left', unit: 'rows', value: unpruned, goal: '0' },
    { name: 'rows of the living that are missing', unit: 'rows', value: removed, goal: '0' },
  ];
}

/** How often the one fault that is set was used. */
async function fired(deployed: Deployed): Promise<number> {
  const response = await fetch(`${deployed.endpoint}/faults`);
  const { faults } = (await response.json()) as { faults: { fired: number }[] };
  return faults.reduce((sum, rule) => sum + rule.fired, 0);
}
