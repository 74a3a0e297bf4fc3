import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { ApiError } from './api-error';
import { isObject } from './attribute-values';
import { environment } from './environment';
import { signedBody, type SignedBody } from './signature';
import { SigningClient } from './signing-client';

/** A service that speaks AWS JSON, and how long its calls may take. */
export interface JsonApiOptions {
  /** The service's name for signing and in its address, e.g. `dynamodb`. */
  readonly service: string;
  /** What stands before the action in `X-Amz-Target`, e.g. `DynamoDB_20120810`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Of one try, in milliseconds. */
  readonly timeout: number;
  /** How long after the beginning of a call another try may begin, in milliseconds; with 0 there is one. */
  readonly patience: number;
}

/** Requests at a time, each on a socket of its own; as many as the AWS SDK has. */
const IN_FLIGHT = 50;
/** Pauses double from the first to the longest, with full jitter, in milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1600;

/** Codes of temporary refusals that are answered 400. */
const THROTTLED = [
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'LimitExceededException',
  'InternalException',
];

/**
 * One AWS service in its JSON protocol, for functions: their region and keys are in the environment. A call takes a
 * quarter of the processor time that the AWS SDK's client needs, and a bundle a quarter of the room; see
 * docs/decisions/0016. Answers come as they are: the caller looks at what it takes from them.
 * Source: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
export class JsonApi {
  readonly #options: JsonApiOptions;
  readonly #client: SigningClient;

  constructor(options: JsonApiOptions) {
    this.#options = options;
    const region = environment('AWS_REGION');
    this.#client = new SigningClient({
      url: process.env.AWS_ENDPOINT_URL ?? addressOf(options.service, region),
      service: options.service,
      region,
      contentType: `application/x-amz-json-${options.version}`,
      // In a bundle this is lambda-credentials.ts, elsewhere the SDK's chain.
      credentials: defaultProvider(),
      inFlight: IN_FLIGHT,
    });
  }

  /**
   * Calls one action. What is temporary (no answer, 5xx, throttling) is tried again as long as there is patience, so an
   * action that is not safe to repeat carries a condition.
   * @throws ApiError
   */
  async call(action: string, input: object): Promise<Record<string, unknown>> {
    const { timeout, patience } = this.#options;
    const body = signedBody(JSON.stringify(input));
    const lastStart = performance.now() + patience;
    for (let retry = 0; ; retry += 1) {
      try {
        return await this.#once(action, body, performance.now() + timeout);
      } catch (error) {
        const pause = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** retry);
        if (!isTemporary(error) || performance.now() + pause >= lastStart) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async #once(action: string, body: SignedBody, deadline: number): Promise<Record<string, unknown>> {
    const { target } = this.#options;
    let text = '';
    const answer = await this.#client.send(
      await this.#client.signer(),
      { method: 'POST', path: '/', canonicalPath: '/', body, target: `${target}.${action}`, deadline },
      (response) => {
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      },
    );
    if ('lost' in answer)
      throw new ApiError('NoAnswer', `${action} was not answered: ${answer.lost}`, undefined);
    const content = parse(text);
    if (answer.status !== 200) throw errorOf(answer.status, content ?? {}, action);
    if (content === undefined) throw new ApiError('NoAnswer', `${action}'s answer was cut off`, undefined);
    return content;
  }
}

function addressOf(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** Undefined for what is no JSON object, such as an answer that was cut off. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return isObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** `__type` is a code, with a namespace before `#` or without. */
function errorOf(status: number, body: Readonly<Record<string, unknown>>, action: string): ApiError {
  const { __type: type, message, Message } = body;
  const code = typeof type === 'string' ? type.replace(/^.*#/, '') : 'UnknownError';
  const said = [message, Message].find((text) => typeof text === 'string');
  return new ApiError(code, said ?? `${action} was answered ${status}`, status, body);
}

function isTemporary(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status, name } = error;
  return status === undefined || status === 429 || status >= 500 || THROTTLED.includes(name);
}
