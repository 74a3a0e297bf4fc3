import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { workflows, type QueueName, type WorkflowName } from '../../handlers/wiring';
import type { Runtime } from '../../local/runtime';
import type { Deployed } from './deployed';

/** Where something could be written down that belongs into the tables alone. */
export const SINKS = [
  'log groups',
  'terminal',
  'executions',
  'events',
  'queues',
  'topics',
  'error frames',
  'pages',
  'bill',
  'files',
] as const;
export type Sink = (typeof SINKS)[number];

/** What of a running Parley only a test that listens from the start can know. */
export interface Overheard {
  readonly terminal: string[];
  readonly events: unknown[];
  /** All frames that clients got. */
  readonly frames: () => readonly unknown[];
  /** The runtime's data directory. */
  readonly folder: string;
}

/** Listens to what functions and workflows put on the bus, before anything is made of it. */
export function overhearEvents({ services }: Runtime): unknown[] {
  const events: unknown[] = [];
  const call = services.call.bind(services);
  services.call = (service, action, input, caller) => {
    if (service === 'events' && action === 'PutEvents') events.push(structuredClone(input));
    return call(service, action, input, caller);
  };
  return events;
}

/** Everything that is in each sink at this moment, as one text. */
export async function readSinks(
  runtime: Runtime,
  deployed: Deployed,
  overheard: Overheard,
): Promise<Record<Sink, string>> {
  const page = async (address: string) => (await fetch(`${runtime.endpoint}${address}`)).text();
  const executions = (
    await Promise.all(Object.keys(workflows).map((name) => deployed.executions(name as WorkflowName)))
  ).flat();
  const histories = await Promise.all(executions.map(({ executionArn }) => deployed.history(executionArn!)));
  const queues: QueueName[] = ['undeliverable-events', 'failed-fanouts'];
  const addresses = ['/', '/health', '/console', '/faults'].concat(
    executions.map(({ executionArn }) => `/console/${encodeURIComponent(executionArn!)}`),
  );
  const isError = (frame: unknown) =>
    typeof frame === 'object' && frame !== null && 'ok' in frame && frame.ok === false;
  return {
    'log groups': JSON.stringify(runtime.logs.groups().map(({ name }) => [name, runtime.logs.events(name)])),
    terminal: overheard.terminal.join('\n'),
    executions: JSON.stringify([executions, histories]),
    events: JSON.stringify(overheard.events),
    queues: JSON.stringify(await Promise.all(queues.map((queue) => deployed.queued(queue)))),
    topics: JSON.stringify(runtime.topics.all().map(({ published }) => published)),
    'error frames': JSON.stringify(overheard.frames().filter(isError)),
    pages: (await Promise.all(addresses.map(page))).join('\n'),
    bill: await page('/billing?newest=1000'),
    files: contentsOf(overheard.folder),
  };
}

/** The files of logs, queues, executions and whatever else there is. These hold text or names on purpose. */
const HOLDING = ['tables', 'topics', 'user-pools'];

function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !HOLDING.includes(path.relative(folder, file).split(path.sep)[0]!))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** Which canary was found where: `name in log groups`, one each. Case does not count, nor URL or JSON encoding. */
export function found(
  canaries: Readonly<Record<string, string>>,
  sinks: Readonly<Record<Sink, string>>,
): string[] {
  return SINKS.flatMap((sink) => {
    const text = sinks[sink].toLowerCase();
    return Object.entries(canaries).flatMap(([name, canary]) => {
      const written = canary.toLowerCase();
      const forms = [written, encodeURIComponent(written), JSON.stringify(written).slice(1, -1)];
      return forms.some((form) => text.includes(form)) ? [`${name} in ${sink}`] : [];
    });
  });
}
