import { createHash } from 'node:crypto';
import type { Clock } from '../clock';
import type { JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import { queueUrlOf } from '../queues/queue-url';
import { ServiceError, type Caller, type ServiceCalls } from '../service';
import type { EventEnvelope } from './event-entry';
import type { Rule, Target } from './rule';

export interface DeliveryDeps {
  readonly services: ServiceCalls;
  readonly clock: Clock;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** EventBridge publishes no numbers for its backoff; these fit 185 attempts into its 24 hours. */
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 600_000;

/**
 * Brings one event to one target, retrying with exponential backoff and full jitter until the target's retry
 * policy is exhausted, then hands it to the target's dead-letter queue.
 * Source: "Event retry policy and using dead-letter queues", EventBridge user guide.
 * @throws Error when the event is dropped: there is no dead-letter queue, or it cannot be reached
 */
export async function deliver(
  event: EventEnvelope,
  rule: Rule,
  target: Target,
  deps: DeliveryDeps,
): Promise<void> {
  const { clock, signal } = deps;
  const received = clock.now();
  const input = target.input(event, { arn: rule.arn, name: rule.name, received });
  const deadline = received + target.maximumEventAgeMs;
  for (let retries = 0; ; retries += 1) {
    const error = await attempt(event, rule, target, input, deps);
    if (error === undefined) return;
    const remaining = deadline - clock.now();
    const exhausted =
      retries >= target.maximumRetryAttempts
        ? 'MaximumRetryAttempts'
        : remaining <= 0
          ? 'MaximumEventAgeInSeconds'
          : undefined;
    if (exhausted !== undefined || isPermanent(error)) {
      await giveUp(event, rule, target, { error, retries, exhausted }, deps.services);
      return;
    }
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** retries, LONGEST_BACKOFF_MS) * deps.random();
    await clock.sleep(Math.min(backoff, remaining), signal);
  }
}

/** One call of the target. Any error is the target's, whatever threw it: the event must not be lost by it. */
async function attempt(
  event: EventEnvelope,
  rule: Rule,
  target: Target,
  input: string,
  { services }: DeliveryDeps,
): Promise<ServiceError | undefined> {
  const caller = target.roleArn === undefined ? eventBridge(rule) : { principal: target.roleArn };
  try {
    switch (target.kind) {
      case 'state-machine': {
        const name = executionName(event, rule, target);
        await services.call('states', 'StartExecution', { stateMachineArn: target.arn, input, name }, caller);
        return undefined;
      }
      case 'queue': {
        const message = { QueueUrl: queueUrlOf(target.arn), MessageBody: input };
        await services.call('sqs', 'SendMessage', message, caller);
        return undefined;
      }
      case 'function': {
        const invocation = { FunctionName: target.arn, InvocationType: 'Event', Payload: parseJson(input) };
        await services.call('lambda', 'Invoke', invocation, caller);
        return undefined;
      }
    }
  } catch (error) {
    const failure =
      error instanceof ServiceError ? error : new ServiceError('InternalError', String(error), 500);
    // A repeated delivery of an event whose execution has ended already: it was delivered.
    return failure.code === 'ExecutionAlreadyExists' ? undefined : failure;
  }
}

/** The same for each delivery of an event to a target, so that a Standard workflow starts once. */
function executionName(event: EventEnvelope, rule: Rule, target: Target): string {
  const digest = createHash('sha256').update(`${rule.arn} ${target.id}`).digest('hex').slice(0, 12);
  return `${event.id}_${digest}`;
}

const NO_PERMISSIONS = /AccessDenied|NotAuthorized|Unauthorized/;
const NO_RESOURCE = /NotFound|DoesNotExist|NonExistent|NoSuch/;

/** Permissions and resources do not come by waiting. */
function isPermanent(error: ServiceError): boolean {
  return NO_PERMISSIONS.test(error.code) || NO_RESOURCE.test(error.code);
}

function dlqErrorCode(error: ServiceError): string {
  if (NO_PERMISSIONS.test(error.code)) return 'NO_PERMISSIONS';
  if (NO_RESOURCE.test(error.code)) return 'NO_RESOURCE';
  if (/Throttl|TooManyRequests|LimitExceeded/.test(error.code)) return 'THROTTLING';
  if (/Timeout|TimedOut/i.test(error.code)) return 'TIMEOUT';
  return error.status >= 500 ? 'ERROR_FROM_TARGET' : 'SDK_CLIENT_ERROR';
}

async function giveUp(
  event: EventEnvelope,
  rule: Rule,
  target: Target,
  failure: { readonly error: ServiceError; readonly retries: number; readonly exhausted: string | undefined },
  services: ServiceCalls,
): Promise<void> {
  const { error, retries, exhausted } = failure;
  const story = `Event ${event.id} of rule ${rule.constructId} did not reach ${target.arn}: ${error.code}: ${error.message}`;
  if (target.deadLetterQueueArn === undefined) throw new Error(`${story}; it has no dead-letter queue`);
  const attributes: JsonObject = {
    RULE_ARN: string(rule.arn),
    TARGET_ARN: string(target.arn),
    ERROR_CODE: string(dlqErrorCode(error)),
    ERROR_MESSAGE: string(`${error.code}: ${error.message}`),
    RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(retries) },
  };
  if (exhausted !== undefined) attributes.EXHAUSTED_RETRY_CONDITION = string(exhausted);
  const message = {
    QueueUrl: queueUrlOf(target.deadLetterQueueArn),
    MessageBody: JSON.stringify(event),
    MessageAttributes: attributes,
  };
  try {
    await services.call('sqs', 'SendMessage', message, eventBridge(rule));
  } catch (cause) {
    throw new Error(`${story}; nor its dead-letter queue ${target.deadLetterQueueArn}`, { cause });
  }
}

/** EventBridge itself, where a target has no role: the target's own policy says which rules it takes. */
function eventBridge(rule: Rule): Caller {
  return { principal: 'events.amazonaws.com', sourceArn: rule.arn };
}

function string(value: string): JsonObject {
  return { DataType: 'String', StringValue: value };
}
