import { DescribeExecutionCommand, type DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { planAudience, SAMPLE_SIZE, type SampledAudience } from '../../handlers/chat/fan-out/audience-plan';
import type { Unit } from '../../local/billing/prices';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed, planOf } from '../support/deployed';
import { eventually } from '../support/eventually';
import { spawnRuntime } from '../support/runtime';
import {
  ASSUMED,
  atAws,
  dollars,
  dollarsOfService,
  loggingDollars,
  scaled,
  type Metered,
  type Units,
} from './bill-at-aws';
import { DEFAULTS } from './fan-out';
import type { Figure } from './figures';

const WARM_UP = 3;
const MESSAGES = 10;
const CONNECTS_AT_ONCE = 50;
const MILLION = 1_000_000;
const SERVICES = ['API Gateway', 'Lambda', 'DynamoDB', 'EventBridge', 'Step Functions', 'SNS', 'SQS'];

interface Bill {
  readonly services: Readonly<Record<string, { readonly units: Units }>>;
  readonly lines: readonly { readonly unit: Unit; readonly resource: string; readonly quantity: number }[];
}

const LARGEST = 100_000;

/**
 * P12: what AWS would bill for one message, metered by the local runtime, per million messages and without logging.
 * Rooms of 10 and of 1,000 real sockets; the room of 100,000 is computed, see `scaled`.
 */
export async function bill(): Promise<Figure[]> {
  const small = await metered(10);
  const large = await metered(1_000);
  const inOnePart = await metered(1_000, ['-c', 'inlineParts=1']);
  const inParts = await metered(1_000, ['-c', 'segmentSize=100']);
  const plan = planAudience(pageOf(LARGEST), DEFAULTS);
  return [
    ...figuresOf('N = 10', 10, small, '≤ 25'),
    ...figuresOf('N = 1,000', 1_000, large, '≤ 1060'),
    ...breakdown(
      'N = 100,000, computed',
      LARGEST,
      scaled({ small, inOnePart, inParts }, LARGEST, plan),
      '≤ 104000',
    ),
    { name: 'N = 100,000: parts', unit: `parts, ${plan.tier}`, value: plan.parts },
  ];
}

/** The sample of a room of so many in which everybody stands where the mean of all rooms has them. */
function pageOf(members: number): SampledAudience {
  const places = Array.from(
    { length: SAMPLE_SIZE },
    (_, index) => (BigInt(index + 1) << 64n) / BigInt(members),
  );
  const slots = places.map((place) => place.toString(16).padStart(16, '0') + '0'.repeat(16));
  return { slots, expired: 0, last: slots.at(-1), complete: false };
}

function figuresOf(name: string, members: number, message: Metered, goal: string): Figure[] {
  return [
    perMillion(`${name}, times of this machine`, dollars(message.units), goal),
    ...breakdown(`${name}, ${ASSUMED.postSeconds * 1000} ms a post`, members, atAws(message), goal),
    perMillion(`${name}: logging apart`, loggingDollars(message.units)),
  ];
}

function breakdown(name: string, members: number, units: Units, goal: string): Figure[] {
  const all = dollars(units);
  // One frame in, the reply, and one to each member.
  const frames = (members + 2) / MILLION;
  return [
    perMillion(name, all, goal),
    ...SERVICES.map((service) => perMillion(`  ${service}`, dollarsOfService(units, service))).filter(
      ({ value }) => value > 0,
    ),
    { name: `${name}: times the frames alone`, unit: `× $${members + 2}`, value: all / frames },
  ];
}

function perMillion(name: string, each: number, goal?: string): Figure {
  return { name, unit: '$', value: each * MILLION, ...(goal === undefined ? {} : { goal }) };
}

/** A room of so many sockets, started anew, and what a message in it was billed on average. */
async function metered(members: number, context: readonly string[] = []): Promise<Metered> {
  const runtime = await spawnRuntime(['--port', '0', '--ephemeral', '-c', 'alerts=off', ...context]);
  const deployed = new Deployed(runtime.endpoint);
  const clients: ChatClient[] = [];
  try {
    while (clients.length < members) {
      const next = Math.min(CONNECTS_AT_ONCE, members - clients.length);
      const from = clients.length;
      clients.push(
        ...(await Promise.all(
          Array.from({ length: next }, (_, index) => connect(`${runtime.url}?name=m-${from + index}`)),
        )),
      );
    }
    const bills: Bill[] = [];
    for (let index = 0; index < WARM_UP + MESSAGES; index += 1) {
      const one = await billOf(runtime.endpoint, deployed, clients, `message ${index}`);
      if (index >= WARM_UP) bills.push(one);
    }
    const plan = planOf(await deployed.rows('Deliveries'));
    if (plan === undefined) throw new Error('There is no plan in the ledger');
    return { members, units: average(bills), functions: await functionsOf(deployed, bills), plan };
  } finally {
    for (const client of clients) client.kill();
    deployed.close();
    await runtime.stop();
  }
}

/** Sends a message and gives its bill, once everybody has it and its executions have ended. */
async function billOf(
  endpoint: string,
  deployed: Deployed,
  [sender, ...others]: readonly ChatClient[],
  text: string,
): Promise<Bill> {
  sender?.send({ action: 'sendMessage', message: text });
  const [reply] = await Promise.all([
    sender?.next({ ok: true }, 60_000),
    ...others.map((member) => member.next({ type: 'message', message: text }, 60_000)),
  ]);
  const messageId = String(reply?.['messageId']);
  const execution = await eventually(() => ended(deployed, messageId), { timeout: 60_000, interval: 50 });
  const described = await deployed.states.send(
    new DescribeExecutionCommand({ executionArn: execution.executionArn }),
  );
  const response = await fetch(
    `${endpoint}/billing?trace=${encodeURIComponent(described.traceHeader ?? '')}`,
  );
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as Bill;
}

/** The fan-out of a message, when it and its broadcast, if it has one, have ended. */
async function ended(deployed: Deployed, messageId: string): Promise<DescribeExecutionOutput> {
  const [fanOut] = await deployed.fanOuts();
  const [broadcast] = await deployed.executions('broadcast');
  if (fanOut?.input?.includes(messageId) !== true || fanOut.status !== 'SUCCEEDED')
    throw new Error(`The fan-out of ${messageId} has not ended: ${JSON.stringify(fanOut)}`);
  if (broadcast !== undefined && broadcast.status !== 'SUCCEEDED')
    throw new Error(`The broadcast of ${messageId} has not ended: ${JSON.stringify(broadcast)}`);
  return fanOut;
}

function average(bills: readonly Bill[]): Units {
  const units: Units = {};
  for (const { unit, quantity } of bills.flatMap(({ lines }) => lines))
    units[unit] = (units[unit] ?? 0) + quantity / bills.length;
  return units;
}

async function functionsOf(deployed: Deployed, bills: readonly Bill[]): Promise<Metered['functions']> {
  const { Functions = [] } = await deployed.lambda.send(new ListFunctionsCommand({}));
  return Functions.map(({ FunctionName: name = '', MemorySize: memory = 0 }) => {
    const lines = bills.flatMap((one) => one.lines).filter(({ resource }) => resource === name);
    const requests = lines.filter(({ unit }) => unit === 'lambdaRequests');
    const invocations = requests.reduce((total, { quantity }) => total + quantity, 0) / bills.length;
    return { name, memory, invocations };
  });
}
