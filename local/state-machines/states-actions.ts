import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json/json';
import { defined, flag, integer, page, text } from '../json/members';
import { parseJson } from '../json/parse-json';
import { ServiceError, type Action, type Caller } from '../service';
import type { ExecutionRecord } from './execution';
import { STATUSES } from './execution-lines';
import type { StoredExecution } from './execution-store';
import type { Executions, Machine } from './executions';
import { historyEventAnswer } from './history';
import { isTooLarge } from './payload';

/**
 * The API of Step Functions (JSON 1.0; times are seconds since the epoch).
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 *
 * One liberty: AWS shows Express executions in CloudWatch Logs only, here every action also reads and stops those.
 */
export function statesActions(
  machines: ReadonlyMap<string, Machine>,
  executions: Executions,
): Readonly<Record<string, Action>> {
  const machineOf = (input: JsonObject): Machine => {
    const arn = arnOf(input, 'stateMachineArn', 'stateMachine');
    // A Distributed Map's children name their machine as `<arn>/<label>`.
    const machine = machines.get(arn.split('/', 1)[0] ?? arn);
    if (machine !== undefined) return machine;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  };
  const executionOf = (input: JsonObject): StoredExecution => {
    const arn = arnOf(input, 'executionArn', 'execution|express');
    const execution = executions.store.get(arn);
    if (execution !== undefined) return execution;
    throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  };

  const actions: Record<string, (input: JsonObject, caller: Caller) => JsonObject | Promise<JsonObject>> = {
    ListStateMachines: (input) => {
      const { items, next } = pageOf([...machines.values()], input);
      return defined({
        stateMachines: items.map(({ arn, name, type, creationDate }) => ({
          stateMachineArn: arn,
          name,
          type,
          creationDate: creationDate / 1000,
        })),
        nextToken: next,
      });
    },

    DescribeStateMachine: (input) => describeMachine(machineOf(input)),

    StartExecution: (input, { trace }) => {
      const machine = machineOf(input);
      const traceHeader = text(input, 'traceHeader') ?? trace;
      const execution = executions.start(machine, nameOf(input), inputOf(input), traceHeader);
      const { executionArn, startDate } = execution.record;
      return { executionArn, startDate: startDate / 1000 };
    },

    StopExecution: async (input) => {
      const stored = executionOf(input);
      const running = stored.running;
      running?.abort(text(input, 'error'), text(input, 'cause'));
      const record = running === undefined ? stored.record() : await running.completed;
      return defined({ stopDate: record.stopDate === undefined ? undefined : record.stopDate / 1000 });
    },

    ListExecutions: (input) => {
      const filter = text(input, 'statusFilter');
      if (filter !== undefined && !STATUSES.some((status) => status === filter)) {
        throw new ServiceError('ValidationException', `'${filter}' is no status of an execution`);
      }
      const isListed = listedBy(input, machineOf);
      // Tokens are places in the order of starts, so that starts between two pages move nothing.
      const before =
        integer(input, 'nextToken', { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? Number.POSITIVE_INFINITY;
      const found = executions.store.newestFirst().filter((stored) => {
        const record = stored.record();
        return (
          stored.sequence < before && isListed(record) && (filter === undefined || record.status === filter)
        );
      });
      const limit = limitOf(input);
      const last = found.length > limit ? found[limit - 1] : undefined;
      return defined({
        executions: found.slice(0, limit).map((stored) => listItem(stored.record())),
        nextToken: last === undefined ? undefined : String(last.sequence),
      });
    },

    DescribeExecution: (input) => describeExecution(executionOf(input).record()),

    GetExecutionHistory: (input) => {
      const events = [...executionOf(input).events()];
      if (flag(input, 'reverseOrder') === true) events.reverse();
      const includeData = flag(input, 'includeExecutionData') ?? true;
      const { items, next } = pageOf(events, input);
      return defined({
        events: items.map((event) => historyEventAnswer(event, includeData)),
        nextToken: next,
      });
    },

    ListMapRuns: (input) => {
      const runs = executions.mapRuns(executionOf(input).record().executionArn);
      const { items, next } = pageOf(runs, input);
      return defined({ mapRuns: items.map((run) => run.listItem()), nextToken: next });
    },

    DescribeMapRun: (input) => {
      const arn = arnOf(input, 'mapRunArn', 'mapRun');
      const run = executions.mapRun(arn);
      if (run === undefined) throw new ServiceError('ResourceNotFound', `Map Run Does Not Exist: '${arn}'`);
      return run.description();
    },
  };
  return Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      (input: JsonObject, caller: Caller) => answer(() => action(input, caller)),
    ]),
  );
}

/** Turns what an action throws into a rejection, as callers of an `Action` expect. */
async function answer(action: () => JsonObject | Promise<JsonObject>): Promise<JsonObject> {
  return await Promise.resolve().then(action);
}

function listedBy(
  input: JsonObject,
  machineOf: (input: JsonObject) => Machine,
): (record: ExecutionRecord) => boolean {
  const mapRunArn = text(input, 'mapRunArn');
  if ((mapRunArn === undefined) === (text(input, 'stateMachineArn') === undefined)) {
    throw new ServiceError(
      'ValidationException',
      'Exactly one of stateMachineArn and mapRunArn must be given',
    );
  }
  if (mapRunArn !== undefined) return (record) => record.mapRunArn === mapRunArn;
  machineOf(input);
  const machineArn = text(input, 'stateMachineArn');
  return (record) => record.stateMachineArn === machineArn;
}

function describeMachine(machine: Machine): JsonObject {
  const { level, includeExecutionData, groupName } = machine.log.logging;
  const [, , , region = '', account = ''] = machine.arn.split(':');
  const logGroupArn = `arn:aws:logs:${region}:${account}:log-group:${groupName ?? ''}:*`;
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: 'ACTIVE',
    definition: machine.definitionText,
    roleArn: machine.roleArn,
    type: machine.type,
    creationDate: machine.creationDate / 1000,
    loggingConfiguration: {
      level,
      includeExecutionData,
      destinations: groupName === undefined ? [] : [{ cloudWatchLogsLogGroup: { logGroupArn } }],
    },
  };
}

function listItem(record: ExecutionRecord): JsonObject {
  const { executionArn, stateMachineArn, name, status, mapRunArn } = record;
  // A child of a Map Run handles one item, because items are not batched.
  const itemCount = mapRunArn === undefined ? undefined : 1;
  return defined({
    executionArn,
    stateMachineArn,
    name,
    status,
    mapRunArn,
    itemCount,
    ...dates(record),
    redriveCount: 0,
  });
}

function describeExecution(record: ExecutionRecord): JsonObject {
  const { executionArn, stateMachineArn, name, status, mapRunArn, traceHeader } = record;
  const { input, output, error, cause } = record;
  return defined({
    executionArn,
    stateMachineArn,
    name,
    status,
    ...dates(record),
    input,
    inputDetails: { included: true },
    output,
    outputDetails: output === undefined ? undefined : { included: true },
    mapRunArn,
    traceHeader,
    error,
    cause,
    redriveCount: 0,
  });
}

function dates(record: ExecutionRecord) {
  const stopDate = record.stopDate === undefined ? undefined : record.stopDate / 1000;
  return { startDate: record.startDate / 1000, stopDate };
}

function arnOf(input: JsonObject, member: string, kinds: string): string {
  const arn = text(input, member);
  if (arn === undefined) throw new ServiceError('ValidationException', `${member} is required`);
  if (!new RegExp(`^arn:aws:states:[^:]+:[^:]+:(${kinds}):.+$`).test(arn)) {
    throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`);
  }
  return arn;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, `name`. */
function nameOf(input: JsonObject): string {
  const name = text(input, 'name') ?? randomUUID();
  // Characters that AWS forbids in names, control characters among them.
  if (
    name === '' ||
    name.length > 80 ||
    /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/.test(name)
  ) {
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
  }
  return name;
}

function inputOf(input: JsonObject): string {
  const payload = text(input, 'input') ?? '{}';
  if (isTooLarge(payload)) {
    throw new ServiceError('ValidationException', `'input' must have length less than or equal to 262144`);
  }
  try {
    parseJson(payload);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ServiceError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${message}'`);
  }
  return payload;
}

function limitOf(input: JsonObject): number {
  return integer(input, 'maxResults', { min: 0, max: 1000 }) || 100;
}

function pageOf<T>(items: readonly T[], input: JsonObject) {
  return page(items, limitOf(input), text(input, 'nextToken'));
}
