import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../json/json';
import { refuseOthers, text, texts } from '../json/members';
import { parseJson } from '../json/parse-json';
import { ServiceError } from '../service';
import { ACCOUNT, REGION } from '../template/resource-model';

/**
 * Bytes of one PutEvents entry as EventBridge counts them: 14 for a Time, and source, detail type, detail and
 * resources in UTF-8. Source: "Calculating PutEvents event entry size", EventBridge user guide.
 */
export function entrySize(entry: JsonObject): number {
  const members = [text(entry, 'Source'), text(entry, 'DetailType'), text(entry, 'Detail')];
  const texted = [...members, ...texts(entry, 'Resources')];
  return texted.reduce((sum, one) => sum + Buffer.byteLength(one ?? ''), entry.Time === undefined ? 0 : 14);
}

/** The bus of an entry or a rule, which may be given by its name or its ARN; `default` where none is. */
export function busNameOf(members: JsonObject): string {
  return (text(members, 'EventBusName') ?? 'default').split('/').at(-1) ?? '';
}

/**
 * The envelope of an entry's event, and the bus that it goes to.
 * @param busExists a bus by its name
 * @throws ServiceError whose code and message are the entry's ErrorCode and ErrorMessage
 */
export function parseEntry(
  entry: JsonObject,
  now: number,
  busExists: (name: string) => boolean,
): { readonly busName: string; readonly event: EventEnvelope; readonly trace: string | undefined } {
  refuseOthers('an entry of PutEvents', entry, [
    'Time',
    'Source',
    'Resources',
    'DetailType',
    'Detail',
    'EventBusName',
    'TraceHeader',
  ]);
  const source = required(entry, 'Source');
  const detailType = required(entry, 'DetailType');
  if (source.startsWith('aws.')) {
    throw new ServiceError('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const busName = busNameOf(entry);
  if (!busExists(busName)) {
    throw new ServiceError('ResourceNotFoundException', `Event bus ${busName} does not exist.`);
  }
  const detail = parseDetail(required(entry, 'Detail'));
  const time = entry.Time === undefined ? now : epochMilliseconds(entry.Time);
  return {
    busName,
    trace: text(entry, 'TraceHeader'),
    event: envelope({ detailType, source, time, resources: texts(entry, 'Resources'), detail }),
  };
}

/** What EventBridge gives to targets. */
export interface EventEnvelope extends JsonObject {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  /** ISO 8601 in UTC, whole seconds. */
  time: string;
  region: string;
  resources: string[];
  detail: JsonObject;
}

/** @param parts `time` in milliseconds since the epoch */
export function envelope(parts: {
  readonly detailType: string;
  readonly source: string;
  readonly time: number;
  readonly resources: string[];
  readonly detail: JsonObject;
}): EventEnvelope {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': parts.detailType,
    source: parts.source,
    account: ACCOUNT,
    time: new Date(parts.time).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: REGION,
    resources: parts.resources,
    detail: parts.detail,
  };
}

function required(entry: JsonObject, name: string): string {
  const value = text(entry, name) ?? '';
  if (value !== '') return value;
  throw new ServiceError(
    'InvalidArgument',
    `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  );
}

function parseDetail(detail: string): JsonObject {
  try {
    const parsed = parseJson(detail);
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, as for JSON that is no object.
  }
  throw new ServiceError('MalformedDetail', 'Detail is malformed.');
}

/** The JSON protocol writes a timestamp as seconds since the epoch, the CLI may pass ISO 8601 through. */
function epochMilliseconds(value: unknown): number {
  const time = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) throw new ServiceError('InvalidArgument', 'Parameter Time is not valid.');
  return time;
}
