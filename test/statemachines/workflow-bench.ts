import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createClock } from '../../local/clock';
import type { Json, JsonObject } from '../../local/json/json';
import { ServiceError } from '../../local/service';
import { Bench, machineArn } from '../local/state-machines-fixture';

type Workflow = 'fan-out' | 'broadcast' | 'erase-person';

/** What a step does when it is called: gives a result, or throws. A list is used up call by call, its last repeats. */
type Step = Json | Error | ((payload: JsonObject) => Json);
export type Steps = Readonly<Record<string, Step | readonly Step[]>>;

/** A fan-out's claim of message 7, one inline part. */
export const CLAIMED = {
  outcome: 'claimed',
  messageId: 'r_room.7',
  roomId: 'r_room',
  seq: 7,
  attempt: 1,
  tier: 'inline',
  parts: [0],
  plan: { parts: 1, postsPerSecond: 7000, workers: 1 },
  archive: true,
  alert: true,
};
export const POSTED = {
  messageId: 'r_room.7',
  attempt: 1,
  part: 0,
  plan: CLAIMED.plan,
  cursor: null,
  posted: 3,
  gone: 0,
  failed: 0,
};
/** All goes well. Direct integrations stand under their service and action. */
export const WELL: Steps = {
  ClaimAndPlan: CLAIMED,
  Archive: { archived: true },
  AlertAgents: { alerted: true },
  PostToPart: POSTED,
  PrunePart: { pruned: 1 },
  Announce: { posted: 2, gone: 0, failed: 0 },
  'dynamodb:UpdateItem': {},
  'sqs:SendMessage': { MessageId: 'm-1' },
};

export const conditionFailed = () =>
  new ServiceError('ConditionalCheckFailedException', 'The conditional request failed');
export const crashed = () => Object.assign(new Error('crashed'), { name: 'TypeError' });

/** Transitions taken so far in this test file, over all runs, as `from → to`. */
export const taken = new Map<Workflow, Set<string>>([
  ['fan-out', new Set()],
  ['broadcast', new Set()],
  ['erase-person', new Set()],
]);

/**
 * Runs a workflow from its own file, with scripted steps instead of functions and tables.
 * @param speed how many times as fast its clock runs; its waits are that much shorter
 */
export async function runWorkflow(workflow: Workflow, steps: Steps, input: Json = EVENT, speed = 1) {
  const used = new Map<string, number>();
  const perform = (name: string, payload: JsonObject): Json => {
    const script = steps[name];
    const list = Array.isArray(script) ? (script as readonly Step[]) : [script as Step];
    const call = used.get(name) ?? 0;
    used.set(name, call + 1);
    const step = list[Math.min(call, list.length - 1)];
    if (step === undefined) throw new Error(`The test has no step ${name}`);
    if (step instanceof Error) throw step;
    return typeof step === 'function' ? step(payload) : step;
  };
  const names = [
    ...['ClaimAndPlan', 'Archive', 'AlertAgents', 'PostToPart', 'PrunePart', 'SumUp', 'Announce'],
    ...['RevokeAccess', 'ErasePage'],
  ];
  const bench = new Bench({
    clock: createClock(speed),
    functions: Object.fromEntries(names.map((name) => [name, (payload) => perform(name, payload)])),
  });
  bench.addService('dynamodb', { UpdateItem: (arguments_) => perform('dynamodb:UpdateItem', arguments_) });
  bench.addService('sqs', { SendMessage: (arguments_) => perform('sqs:SendMessage', arguments_) });

  if (workflow !== 'broadcast')
    bench.declare('broadcast', { QueryLanguage: 'JSONata', StartAt: 'Wait', States: WAITING });
  const type = workflow === 'fan-out' ? 'EXPRESS' : 'STANDARD';
  bench.declare(workflow, definitionOf(workflow), type);
  if (steps['broadcast'] !== undefined) {
    const { name, input: other } = steps['broadcast'] as { name: string; input: Json };
    bench.machines.start('broadcast', other, name);
  }
  const execution = bench.machines.start(workflow, input);
  const record = await execution.completed;
  const events = await history(bench, record.executionArn);
  const { mapRuns } = await bench
    .states('ListMapRuns', { executionArn: record.executionArn })
    .catch(() => ({ mapRuns: [] }));
  for (const { mapRunArn } of mapRuns) {
    const { executions } = await bench.states('ListExecutions', { mapRunArn });
    for (const { executionArn } of executions) events.push(...(await history(bench, executionArn)));
  }
  for (const { transition } of events) if (transition !== undefined) taken.get(workflow)!.add(transition);
  const broadcasts = await bench.states('ListExecutions', { stateMachineArn: machineArn('broadcast') });
  const broadcastInputs: Json[] = [];
  for (const { executionArn } of broadcasts.executions) {
    const { input: given } = await bench.states('DescribeExecution', { executionArn });
    broadcastInputs.push(JSON.parse(given) as Json);
  }
  await bench.machines.close();
  return {
    status: record.status,
    error: record.error,
    /** By its own clock, in seconds. */
    seconds: (record.stopDate! - record.startDate) / 1000,
    output: record.output === undefined ? undefined : (JSON.parse(record.output) as Json),
    entered: events.map(({ state }) => state),
    calls: (name: string) => used.get(name) ?? 0,
    /** The direct writes to tables. */
    updates: () =>
      bench.calls
        .filter((call) => call.action === 'dynamodb:UpdateItem')
        .map(({ input: written }) => written as unknown as Update),
    sent: (action: string) =>
      bench.calls.filter((call) => call.action === action).map(({ input: sent }) => sent),
    invoked: (name: string) =>
      bench.calls
        .filter(({ input: sent }) => sent['FunctionName'] === name)
        .map(({ input: sent }) => sent['Payload'] as unknown as Payload),
    broadcasts: broadcasts.executions.map(({ name }) => name),
    /** What each of them was started with. */
    broadcastInputs,
  };
}

export interface Update {
  readonly TableName: string;
  readonly Key: Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly S: string; readonly N: string }>>;
}

/** What tests read of the payloads of functions. */
export interface Payload {
  readonly claimant: string;
  readonly part: number;
  readonly attempt: number;
  readonly cursor: string | null;
  /** Of erase-page. */
  readonly pass: number;
}

/** The event as EventBridge gives it to the workflow. */
export const EVENT: Json = {
  source: 'parley',
  'detail-type': 'MessageAccepted',
  detail: { messageId: 'r_room.7', roomId: 'r_room', seq: 7, attempt: 0 },
};

const WAITING: JsonObject = { Wait: { Type: 'Wait', Seconds: 60, End: true } };

/** The states that an execution entered, each with the transition that led there. */
async function history(
  bench: Bench,
  executionArn: string,
): Promise<{ state: string; transition?: string }[]> {
  const { events } = await bench.states('GetExecutionHistory', { executionArn, maxResults: 1000 });
  const list = events as unknown as HistoryEvent[];
  const exits = new Map(list.map(({ id, stateExitedEventDetails }) => [id, stateExitedEventDetails?.name]));
  return list.flatMap(({ previousEventId, stateEnteredEventDetails }) => {
    if (stateEnteredEventDetails === undefined) return [];
    const { name: state } = stateEnteredEventDetails;
    const from = exits.get(previousEventId);
    return [from === undefined ? { state } : { state, transition: `${from} → ${state}` }];
  });
}

interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly stateEnteredEventDetails?: { readonly name: string };
  readonly stateExitedEventDetails?: { readonly name: string };
}

export function definitionOf(workflow: Workflow): JsonObject {
  const file = path.join(__dirname, '..', '..', 'statemachines', `${workflow}.asl.json`);
  const filled = readFileSync(file, 'utf8').replace(/\$\{(\w+)\}/g, (_, name: string) => {
    if (name === 'OutboxSeconds') return '86400';
    return name === 'Broadcast' ? machineArn('broadcast') : name;
  });
  return JSON.parse(filled) as JsonObject;
}

/** Every transition that a definition has, Catch and Default included. */
export function transitionsOf(definition: Json): string[] {
  if (typeof definition !== 'object' || definition === null) return [];
  if (Array.isArray(definition)) return definition.flatMap(transitionsOf);
  const states = definition['States'];
  const own = Object.entries((states ?? {}) as Record<string, JsonObject>).flatMap(([from, state]) => {
    const choices = [state['Choices'], state['Catch']].flatMap((list) => (list ?? []) as JsonObject[]);
    const targets = [state['Next'], state['Default'], ...choices.map(({ Next }) => Next)];
    return targets.flatMap((to) => (typeof to === 'string' ? [`${from} → ${to}`] : []));
  });
  return [...own, ...Object.values(definition).flatMap(transitionsOf)];
}
