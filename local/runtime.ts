import type { IncomingMessage } from 'node:http';
import { toLocalAddresses, withLocalAddresses } from './addresses';
import { createBillingHandler } from './billing/billing-endpoint';
import { Meter } from './billing/meter';
import { meteredCalls } from './billing/metered-calls';
import { Bus } from './bus/bus';
import { busModels } from './bus/bus-models';
import { createClock, type Clock } from './clock';
import { createCredentials } from './credentials';
import { createFaults, type FaultRegistry } from './faults/registry';
import { importantLine } from './function-log';
import { functionModels } from './functions/function-models';
import { Functions } from './functions/functions';
import { Gateway } from './gateway/gateway';
import { apiModels, httpApiIds } from './http-api/api-models';
import { HttpApis } from './http-api/http-api';
import { Iam } from './iam/iam';
import { iamModels } from './iam/iam-models';
import { resourcePolicyModels } from './iam/resource-policy-models';
import { withRoles } from './iam/role-users';
import { recordUsage, USAGE_VARIABLE } from './iam/usage-record';
import { Logs } from './logs/logs';
import { logModels } from './logs/log-models';
import type { Addresses } from './operator/home-page';
import { foreignRequest } from './operator/loopback-only';
import { createOperatorHandler } from './operator/operator-handler';
import { Queues } from './queues/queues';
import { queueModels } from './queues/queue-models';
import { LocalServer, sendJson, type HttpHandler } from './server';
import { Services, type Caller } from './service';
import { StartError } from './start-error';
import { StateMachines } from './state-machines/state-machines';
import { stateMachineModels } from './state-machines/state-machine-models';
import { Tables } from './tables/tables';
import { tableModels } from './tables/table-models';
import { readCloudAssembly } from './template/cloud-assembly';
import { planDeployment, type Outputs } from './template/deployment';
import { Topics } from './topics/topics';
import { topicModels } from './topics/topic-models';
import { TRACE_HEADER } from './trace';
import { createHostedSignIn } from './user-pools/hosted/hosted-sign-in';
import { createIssuerHandler } from './user-pools/issuer-endpoint';
import { userPoolModels } from './user-pools/user-pool-models';
import { UserPools } from './user-pools/user-pools';
import { layerModel, siteModels } from './web/site-models';
import { Sites } from './web/sites';
import { createWire } from './wire/wire';

export interface RuntimeOptions {
  /** The directory of a cloud assembly. */
  readonly assembly: string;
  /** On 127.0.0.1; 0, the default, picks a free one. */
  readonly port?: number;
  /** The directory that survives restarts; in memory without it. */
  readonly data?: string | undefined;
  /** Of the runtime's clock; 1 is real time. */
  readonly speed?: number;
  readonly faults?: string;
  readonly seed?: number;
  /** The most workers per Lambda function. */
  readonly concurrency?: number;
  /** Whether every function is loaded before the start resolves, the default, or with its first invocation. */
  readonly warm?: boolean;
  /** Takes what somebody at the terminal should see: warnings and errors of functions and of the runtime, one line each. */
  readonly log?: (line: string) => void;
}

/** A running application: everything that its template declares, on one port of this machine. */
export interface Runtime {
  readonly addresses: Addresses;
  /** The WebSocket API, e.g. `ws://127.0.0.1:8080/dev`. */
  readonly url: string;
  /** The AWS APIs, e.g. `http://127.0.0.1:8080`. */
  readonly endpoint: string;
  /** The stacks' outputs, with local addresses. */
  readonly outputs: Outputs;
  readonly gateway: Gateway;
  readonly stateMachines: StateMachines;
  readonly functions: Functions;
  readonly tables: Tables;
  readonly bus: Bus;
  readonly queues: Queues;
  readonly topics: Topics;
  readonly userPools: UserPools;
  readonly logs: Logs;
  readonly services: Services;
  /** What the template's roles may do, and what of it was of use. */
  readonly iam: Iam;
  readonly faults: FaultRegistry;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Closes the sockets, lets their `$disconnect` run, and ends everything. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Runs a synthesized application. Resolves when every function is loaded (but see `warm`) and the port answers.
 * @throws StartError, one line, for a template that is not modelled, a port in use or a data directory in use;
 *   FaultSyntaxError for the faults
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const closers: (() => void | Promise<void>)[] = [];
  /** In the opposite order of the opening, so that what others lean on goes last. */
  const closeAll = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  try {
    const runtime = await start(options, (close) => closers.push(close));
    let closing: Promise<void> | undefined;
    return { ...runtime, close: () => (closing ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  options: RuntimeOptions,
  onClose: (close: () => void | Promise<void>) => void,
): Promise<Omit<Runtime, 'close'>> {
  const { log = () => {}, data: dataDir } = options;
  const report = (error: unknown) =>
    log(`ERROR ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const assembly = readCloudAssembly(options.assembly);
  const faults = createFaults({ seed: options.seed ?? 1, spec: options.faults ?? '' });
  const clock = createClock(options.speed ?? 1);
  const iam = new Iam((message) => log(`ERROR AccessDeniedException: ${message}`));
  onClose(() => {
    const folder = process.env[USAGE_VARIABLE];
    if (folder !== undefined) recordUsage(folder, iam.usage());
  });
  const services = new Services((...call) => iam.authorize(...call));
  const meter = new Meter(clock, report);
  services.observe(meteredCalls(meter));
  const credentials = createCredentials({ now: () => clock.now() });

  const server = new LocalServer(report);
  const port = await server.listen(options.port ?? 0);
  onClose(() => server.close());
  const endpoint = `http://127.0.0.1:${port}`;
  const endpointSocket = await server.listenInside();

  const durable = dataDir === undefined ? {} : { dataDir };
  const tables = await Tables.open({ clock, faults, report, meter, ...durable }).catch((error: Error) => {
    throw new StartError(error.message);
  });
  onClose(() => tables.close());
  const logs = new Logs({ clock, ...durable });
  onClose(() => logs.close());
  const append = (group: string, stream: string, line: string, trace?: string, timestamp?: number) => {
    logs.append(group, stream, line, timestamp);
    meter.logged(group, line, trace);
  };
  const queues = new Queues({ clock, baseUrl: endpoint, ...durable });
  onClose(() => queues.close());
  // AWS writes no such line, so nobody pays for it.
  const note = (group: string, stream: string, line: string) => logs.append(group, stream, line);
  const topics = new Topics({ clock, services, report, log: note, ...durable });
  onClose(() => topics.close());
  const functions = new Functions({
    clock,
    faults,
    services,
    endpointUrl: () => endpoint,
    endpointSocket: () => endpointSocket,
    concurrency: options.concurrency ?? 2,
    credentialsFor: (roleArn) => credentials.issue(roleArn),
    meter,
    log: (group, stream, line, trace) => {
      append(group, stream, line, trace);
      const important = importantLine(line);
      if (important !== undefined) log(`${group}: ${important}`);
    },
  });
  onClose(() => functions.close());
  const shared = { services, clock, faults, report };
  const stateMachines = new StateMachines({ ...shared, meter, log: append, ...durable });
  onClose(() => stateMachines.close());
  const bus = new Bus(shared);
  onClose(() => bus.close());
  const gateway = new Gateway({ ...shared, credentials, meter, log: append });
  onClose(() => gateway.close());
  const httpApis = new HttpApis({ services, clock, log: append });
  const sites = new Sites();
  const userPools = new UserPools({ clock, ...durable });
  onClose(() => userPools.close());

  for (const part of [tables, logs, queues, topics, functions, stateMachines, bus, userPools])
    services.add(part.service());

  const place = { port, httpApis: new Set<string>() };
  const models = [
    ...iamModels(iam),
    ...resourcePolicyModels(iam),
    ...logModels(logs),
    ...tableModels(tables),
    ...queueModels(queues),
    ...topicModels(topics),
    ...functionModels(functions, (code) => assembly.assetDirectory(code)).map((model) =>
      withLocalAddresses(model, place),
    ),
    ...stateMachineModels(stateMachines),
    ...busModels(bus),
    layerModel,
    ...siteModels(sites, (key) => assembly.assetDirectory({ S3Key: key })).map((model) =>
      withLocalAddresses(model, place),
    ),
    // Who may be led back where: the page of the template's own site is on this machine.
    ...userPoolModels(userPools, (address) => toLocalAddresses(address, place)).map((model) =>
      withLocalAddresses(model, place),
    ),
    ...apiModels(gateway.definitions, httpApis.definitions),
  ].map((model) => withRoles(model, iam));
  const deployment = planDeployment(assembly, models);
  for (const id of httpApiIds(deployment.resources)) place.httpApis.add(id);
  await deployment.create();
  if (options.warm ?? true) await functions.warm();

  const [stage] = gateway.definitions.stages();
  const url = `ws://127.0.0.1:${port}/${stage?.name ?? ''}`;
  const addresses: Addresses = { websocket: url, endpoint, console: `${endpoint}/console` };
  const callerOf = (request: IncomingMessage): Caller => {
    const trace = request.headers[TRACE_HEADER];
    const caller = credentials.callerOf(request);
    return typeof trace === 'string' ? { ...caller, trace } : caller;
  };
  const wire = createWire({ services, callerOf, report });
  gateway.attach(server.http);
  server.serve([
    (request, response) => Promise.resolve(gateway.serve(request, response)),
    (request, response) => httpApis.serve(request, response),
    refuseForeign,
    wire,
    createIssuerHandler(userPools),
    createHostedSignIn(userPools, clock),
    createBillingHandler(meter),
    sites.handler(),
    createOperatorHandler({ addresses, services, faults }),
  ]);
  bus.start();
  const outputs = toLocalAddresses(deployment.outputs, place);
  return {
    addresses,
    url,
    endpoint,
    outputs,
    gateway,
    stateMachines,
    functions,
    tables,
    bus,
    queues,
    topics,
    userPools,
    logs,
    services,
    iam,
    faults,
    clock,
    meter,
  };
}

const refuseForeign: HttpHandler = (request, response) => {
  const refusal = foreignRequest(request);
  if (refusal !== undefined) sendJson(response, 403, { message: refusal });
  return Promise.resolve(refusal !== undefined);
};
