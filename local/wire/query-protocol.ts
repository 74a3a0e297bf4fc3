import { isObject, type Json, type JsonObject } from '../json/json';
import { ServiceError } from '../service';
import type { Answer } from './answer';
import { faultOf, queryErrorCode } from './query-error-codes';
import { toXml, escapeXml, type XmlNames } from './xml';

interface QueryService {
  readonly service: 'sqs' | 'sns';
  readonly namespace: string;
  readonly xml: XmlNames;
  /** Names of lists and maps in requests where they differ from the API's member names. */
  readonly requestNames: Readonly<Record<string, string>>;
  /** Members that stay objects with numbers as keys otherwise: maps by the name of their key and value. */
  readonly maps: Readonly<Record<string, { key: string; value: string }>>;
}

const SQS: QueryService = {
  service: 'sqs',
  namespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  xml: {
    flatLists: {
      Messages: 'Message',
      QueueUrls: 'QueueUrl',
      Failed: 'BatchResultErrorEntry',
    },
    flatMaps: {
      Attributes: { element: 'Attribute', key: 'Name', value: 'Value' },
      MessageAttributes: { element: 'MessageAttribute', key: 'Name', value: 'Value' },
    },
    maps: [],
  },
  requestNames: {
    AttributeName: 'AttributeNames',
    MessageSystemAttributeName: 'MessageSystemAttributeNames',
    MessageAttributeName: 'MessageAttributeNames',
    MessageAttribute: 'MessageAttributes',
    Attribute: 'Attributes',
    SendMessageBatchRequestEntry: 'Entries',
    DeleteMessageBatchRequestEntry: 'Entries',
    ChangeMessageVisibilityBatchRequestEntry: 'Entries',
  },
  maps: {
    MessageAttributes: { key: 'Name', value: 'Value' },
    Attributes: { key: 'Name', value: 'Value' },
  },
};

const SNS: QueryService = {
  service: 'sns',
  namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
  xml: { flatLists: {}, flatMaps: {}, maps: ['Attributes'] },
  requestNames: {},
  maps: {
    MessageAttributes: { key: 'Name', value: 'Value' },
    Attributes: { key: 'key', value: 'value' },
  },
};

export interface QueryCall {
  readonly api: QueryService;
  readonly action: string;
  readonly input: JsonObject;
}

/**
 * AWS Query: `Action=…&Version=…` and flattened members in a form body; XML out.
 * Source: "AWS query protocol", Smithy specification; the SQS and SNS API models.
 * @param path of the request: older SQS clients post to the queue's own URL and send no QueueUrl
 * @throws UnknownOperationException when Action and Version are not those of SQS or SNS
 */
export function parseQuery(body: string, path: string): QueryCall {
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  const version = form.get('Version');
  const api = version === '2010-03-31' ? SNS : version === '2012-11-05' ? SQS : undefined;
  if (action === null || api === undefined) {
    const asked = `${action ?? 'a form without Action'} of API version ${version ?? 'unknown'}`;
    throw new ServiceError('UnknownOperationException', `The local runtime does not model ${asked}`);
  }
  const tree: JsonObject = {};
  for (const [name, value] of form) {
    if (name !== 'Action' && name !== 'Version') place(tree, name.split('.'), value);
  }
  const input = isEmpty(tree) ? {} : members(tree, api);
  if (api === SQS && input.QueueUrl === undefined && /^\/\d{12}\/[^/]+$/.test(path)) input.QueueUrl = path;
  return { api, action, input };
}

export function queryResult({ api, action }: QueryCall, result: JsonObject, requestId: string): Answer {
  const content = toXml(result, {
    ...api.xml,
    flatLists: { ...api.xml.flatLists, ...batchEntry(api, action) },
  });
  const body =
    isEmpty(result) && !HAS_RESULT.has(action) ? '' : `<${action}Result>${content}</${action}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return xml(200, `<${action}Response xmlns="${api.namespace}">${body}${metadata}</${action}Response>`);
}

/** Actions whose result element is there even when it is empty. */
const HAS_RESULT = new Set(['ReceiveMessage', 'ListQueues', 'GetQueueAttributes']);

export function queryError(call: QueryCall | undefined, error: ServiceError, requestId: string): Answer {
  const api = call?.api ?? SQS;
  const code = queryErrorCode(api.service, error);
  const details = `<Type>${faultOf(error)}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  const body = `<Error>${details}</Error><RequestId>${requestId}</RequestId>`;
  return xml(error.status, `<ErrorResponse xmlns="${api.namespace}">${body}</ErrorResponse>`);
}

function xml(status: number, body: string): Answer {
  return { status, contentType: 'text/xml', body: `<?xml version="1.0"?>${body}` };
}

/** SQS names each successful entry of a batch after its action. */
function batchEntry(api: QueryService, action: string): Record<string, string> {
  return api === SQS && action.endsWith('Batch') ? { Successful: `${action}ResultEntry` } : {};
}

function place(tree: JsonObject, [head = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const existing = tree[head];
  const branch = isObject(existing) ? existing : {};
  tree[head] = branch;
  place(branch, rest, value);
}

/** Undoes the flattening: `x.member.1`, `x.entry.1` and SQS's bare `x.1` become lists and maps. */
function members(tree: JsonObject, api: QueryService): JsonObject {
  const result: JsonObject = {};
  for (const [flat, value] of Object.entries(tree)) {
    const name = api.requestNames[flat] ?? flat;
    result[name] = unflattened(name, value, api);
  }
  return result;
}

function unflattened(name: string, value: Json, api: QueryService): Json {
  if (!isObject(value)) return value;
  const numbered = numberedItems(value.member ?? value.entry ?? value);
  if (numbered === undefined) return members(value, api);
  const map = api.maps[name];
  if (map === undefined) return numbered.map((item) => (isObject(item) ? members(item, api) : item));
  const result: JsonObject = {};
  for (const entry of numbered) {
    const key = isObject(entry) ? entry[map.key] : undefined;
    if (!isObject(entry) || typeof key !== 'string') {
      throw new ServiceError('InvalidParameterException', `${name} must have a ${map.key} for each entry`);
    }
    const item = entry[map.value] ?? '';
    result[key] = isObject(item) ? members(item, api) : item;
  }
  return result;
}

/** The items in the order of their numbers, or undefined when the keys are not all numbers. */
function numberedItems(value: Json): Json[] | undefined {
  if (value === '') return [];
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (!entries.every(([key]) => /^\d+$/.test(key))) return undefined;
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
}

function isEmpty(content: JsonObject): boolean {
  return Object.keys(content).length === 0;
}
