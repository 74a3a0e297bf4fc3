import type { JsonObject } from './json/json';

/**
 * One AWS service as the runtime offers it: actions by their API names, taking and giving the JSON that
 * the service's API reference shows (DynamoDB's attribute values and base64 binaries included).
 * Callers inside the runtime (a rule's target, a state machine's task) and callers over HTTP (an AWS SDK)
 * go through the same `Services.call`, which is therefore the one place where a call can be authorized,
 * counted or made to fail.
 */
export interface Service {
  /** The service's IAM prefix, e.g. `dynamodb`, `states`, `events`, `sqs`, `sns`, `logs`, `lambda`. */
  readonly name: string;
  readonly actions: Readonly<Record<string, Action>>;
}

export type Action = (input: JsonObject, caller: Caller) => Promise<JsonObject>;

/** Who makes a call: a role's ARN, a service principal such as `events.amazonaws.com`, or the operator. */
export interface Caller {
  readonly principal: string;
  /** For whom a service principal calls: the ARN of the rule, topic or route, `aws:SourceArn` of policies. */
  readonly sourceArn?: string;
  /** The trace header of what caused the call, e.g. `Root=1-…`; see trace.ts. */
  readonly trace?: string | undefined;
  /** For whom a service calls, e.g. a connection id: where calls wait, those of one party wait for each other. */
  readonly party?: string;
}

export const OPERATOR: Caller = { principal: 'operator' };

/**
 * An error as an AWS API answers it. `code` is the API's error name, e.g. `ResourceNotFoundException`; `members`
 * are what the answer's body holds besides the message, e.g. `Item` of ConditionalCheckFailedException.
 */
export class ServiceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    readonly members: JsonObject = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** Who can be called or asked for leave, and nothing else of Services. */
export type ServiceCalls = Pick<Services, 'call' | 'authorize'>;

/** Throws ServiceError AccessDeniedException where the caller may not do that. */
export type Authorize = (service: string, action: string, input: JsonObject, caller: Caller) => void;

/** Told of each call that succeeded. */
export type CallObserver = (
  service: string,
  action: string,
  input: JsonObject,
  result: JsonObject,
  caller: Caller,
) => void;

export class Services {
  readonly #byName = new Map<string, Service>();
  readonly #observers: CallObserver[] = [];
  readonly #authorize: Authorize | undefined;

  /** @param authorize asked before each call; without it everybody may call everything */
  constructor(authorize?: Authorize) {
    this.#authorize = authorize;
  }

  add(service: Service): void {
    this.#byName.set(service.name, service);
  }

  observe(observer: CallObserver): void {
    this.#observers.push(observer);
  }

  /** The same services for somebody all of whose calls belong to one trace. */
  traced(trace: string | undefined): ServiceCalls {
    if (trace === undefined) return this;
    return {
      call: (service, action, input, caller) => this.call(service, action, input, { ...caller, trace }),
      authorize: (service, action, input, caller) => this.authorize(service, action, input, caller),
    };
  }

  /**
   * Whether the caller may do what is done elsewhere than in `call`, e.g. by the management API of open sockets.
   * Throws ServiceError AccessDeniedException, naming action and resource.
   */
  authorize(service: string, action: string, input: JsonObject, caller: Caller): void {
    this.#authorize?.(service, action, input, caller);
  }

  /**
   * Runs one API action that the caller may do. Throws ServiceError as the API would, and
   * `UnknownOperationException` for a service or action that the runtime does not model, naming it.
   */
  async call(service: string, action: string, input: JsonObject, caller: Caller): Promise<JsonObject> {
    const run = this.#byName.get(service)?.actions[action];
    if (run === undefined) {
      throw new ServiceError(
        'UnknownOperationException',
        `The local runtime does not model ${service}:${action}`,
      );
    }
    this.authorize(service, action, input, caller);
    const result = await run(input, caller);
    for (const observe of this.#observers) observe(service, action, input, result, caller);
    return result;
  }
}
