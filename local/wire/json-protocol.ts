import { crc32 } from 'node:zlib';
import { isObject, type JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import { ServiceError } from '../service';
import type { Answer } from './answer';
import { faultOf, queryErrorCode } from './query-error-codes';

interface Target {
  /** IAM prefix of the service. */
  readonly service: string;
  readonly version: '1.0' | '1.1';
  /** Which errors are named in, before the `#`. */
  readonly namespace: string;
}

/** The first half of `X-Amz-Target`, by service. */
const TARGETS: Readonly<Record<string, Target>> = {
  DynamoDB_20120810: { service: 'dynamodb', version: '1.0', namespace: 'com.amazonaws.dynamodb.v20120810' },
  AWSStepFunctions: { service: 'states', version: '1.0', namespace: 'com.amazonaws.swf.service.v2.model' },
  AmazonSQS: { service: 'sqs', version: '1.0', namespace: 'com.amazonaws.sqs' },
  AWSCognitoIdentityProviderService: {
    service: 'cognito-idp',
    version: '1.1',
    namespace: 'com.amazonaws.services.cognitoidentityprovider',
  },
  AWSEvents: { service: 'events', version: '1.1', namespace: 'com.amazonaws.events' },
  Logs_20140328: { service: 'logs', version: '1.1', namespace: 'com.amazonaws.logs' },
};

export interface JsonCall {
  readonly target: Target;
  readonly action: string;
}

/**
 * AWS JSON 1.0 and 1.1: `X-Amz-Target: <service>.<action>`, JSON in and out.
 * @param header the value of `X-Amz-Target`
 * @throws UnknownOperationException for a service that the runtime does not have
 */
export function parseJsonTarget(header: string): JsonCall {
  const dot = header.lastIndexOf('.');
  const target = TARGETS[header.slice(0, dot)];
  if (target === undefined) {
    throw new ServiceError('UnknownOperationException', `The local runtime does not model ${header}`);
  }
  return { target, action: header.slice(dot + 1) };
}

/** @throws SerializationException for a body that is no JSON object; an empty one is an empty object */
export function parseJsonBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  try {
    const input = parseJson(body.toString('utf8'));
    if (isObject(input)) return input;
  } catch {
    // Said below, as for JSON that is no object.
  }
  throw new ServiceError('SerializationException', 'The request body is not a JSON object');
}

export function jsonResult({ target }: JsonCall, result: JsonObject): Answer {
  return jsonAnswer(target, 200, result);
}

/** @param call undefined when the target itself was unknown */
export function jsonError(call: JsonCall | undefined, error: ServiceError): Answer {
  const target = call?.target ?? { service: '', version: '1.0', namespace: 'com.amazon.coral.service' };
  const namespace = COMMON_ERRORS.includes(error.code) ? 'com.amazon.coral.service' : target.namespace;
  const body = { ...error.members, __type: `${namespace}#${error.code}`, message: error.message };
  const answer = jsonAnswer(target, error.status, body);
  if (target.service !== 'sqs') return answer;
  const queryError = `${queryErrorCode('sqs', error)};${faultOf(error)}`;
  return { ...answer, headers: { ...answer.headers, 'x-amzn-query-error': queryError } };
}

const COMMON_ERRORS = ['AccessDeniedException', 'UnknownOperationException', 'SerializationException'];

function jsonAnswer(target: Target, status: number, content: JsonObject): Answer {
  const body = JSON.stringify(content);
  return {
    status,
    contentType: `application/x-amz-json-${target.version}`,
    body,
    // DynamoDB's clients compare it with what arrived.
    ...(target.service === 'dynamodb' ? { headers: { 'x-amz-crc32': String(crc32(body)) } } : {}),
  };
}
