import { isObject, type Json, type JsonObject } from '../json/json';
import { defined } from '../json/members';
import { REGION } from '../template/resource-model';
import { ServiceError } from '../service';
import { abortable } from './abort';
import type { TaskState } from './definition';
import { InterpreterFailure, RUNTIME_ERROR, StateFailure, TIMEOUT } from './failure';
import type { Bindings } from './jsonata-expression';
import { payloadText } from './payload';
import { evaluateNumber } from './query-template';
import type { Frame } from './run-context';
import { parseResource, requestOf, resultOf, type TaskResource } from './task-resource';

/** Runs one attempt of a Task. Throws StateFailure named as AWS names the integration's errors. */
export async function attemptTask(
  state: TaskState,
  input: Json,
  bindings: Bindings,
  frame: Frame,
): Promise<Json> {
  const task = parseResource(state.resource);
  if (typeof task === 'string') throw new Error(`State '${state.name}' ${task}`);
  const args = state.arguments === undefined ? input : await state.arguments.evaluate(bindings);
  if (!isObject(args)) {
    throw new InterpreterFailure(RUNTIME_ERROR, `The Arguments of '${state.name}' must be an object.`);
  }
  const parameters = payloadText(args, state.name);
  const timeoutSeconds =
    state.timeoutSeconds && (await evaluateNumber(state.timeoutSeconds, bindings, 'TimeoutSeconds', 1));
  const { history } = frame.execution;
  const names = { resourceType: task.resourceType, resource: task.resource };
  history.add(frame.chain, 'TaskScheduled', {
    ...names,
    region: REGION,
    parameters,
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
  });
  history.add(frame.chain, 'TaskStarted', names);
  try {
    const result = await withTimeout(call(task, args, frame), timeoutSeconds, frame.signal);
    history.add(frame.chain, 'TaskSucceeded', { ...names, output: payloadText(result, state.name) });
    return result;
  } catch (error) {
    if (error instanceof StateFailure && !(error instanceof InterpreterFailure)) {
      const type = error.errorName === TIMEOUT ? 'TaskTimedOut' : 'TaskFailed';
      history.add(
        frame.chain,
        type,
        defined({ ...names, error: error.errorName, cause: error.failureCause }),
      );
    }
    throw error;
  }
}

async function withTimeout<T>(
  promise: Promise<T>,
  seconds: number | undefined,
  signal: AbortSignal,
): Promise<T> {
  if (seconds === undefined) return abortable(promise, signal);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StateFailure(TIMEOUT, undefined)), seconds * 1000);
  });
  try {
    return await abortable(Promise.race([promise, timeout]), signal);
  } finally {
    clearTimeout(timer);
  }
}

async function call(task: TaskResource, args: JsonObject, frame: Frame): Promise<JsonObject> {
  const { execution } = frame;
  const source = { execution: execution.executionArn, machine: execution.machineArn };
  let answer: JsonObject;
  try {
    answer = await execution.services.call(task.service, task.action, requestOf(task, args, source), {
      principal: execution.roleArn,
    });
  } catch (error) {
    throw error instanceof ServiceError ? serviceFailure(task, error) : error;
  }
  if (task.service === 'lambda') return functionResult(answer);
  if (task.resourceType === 'events' && answer['FailedEntryCount'] !== 0) {
    throw new StateFailure('EventBridge.FailedEntry', JSON.stringify(answer));
  }
  return resultOf(task, answer);
}

/** What a Lambda task gives, or its failure: the name the function threw, the whole answer as the cause. */
function functionResult(answer: JsonObject): JsonObject {
  const payload = answer['Payload'] ?? null;
  if (answer['FunctionError'] !== undefined) {
    const errorType = isObject(payload) ? payload['errorType'] : undefined;
    throw new StateFailure(
      typeof errorType === 'string' ? errorType : 'Lambda.Unknown',
      JSON.stringify(payload),
    );
  }
  return {
    ExecutedVersion: answer['ExecutedVersion'] ?? '$LATEST',
    Payload: payload,
    StatusCode: answer['StatusCode'] ?? 200,
  };
}

/** The exceptions that stand for whatever a service's model does not list, such as a missing permission. */
const GENERIC_EXCEPTIONS: Readonly<Record<string, string>> = {
  Lambda: 'AWSLambdaException',
  DynamoDB: 'AmazonDynamoDBException',
  DynamoDb: 'DynamoDbException',
};

function serviceFailure(task: TaskResource, error: ServiceError): StateFailure {
  const name = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`;
  const generic = name === 'AccessDeniedException' ? GENERIC_EXCEPTIONS[task.errorPrefix] : undefined;
  const cause = `${error.message} (Service: ${task.errorPrefix}, Status Code: ${error.status}, Error Code: ${error.code})`;
  return new StateFailure(`${task.errorPrefix}.${generic ?? name}`, cause);
}
