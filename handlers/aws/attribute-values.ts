/** A row as plain values; the adapters parse it before they believe it. */
export type Row = Record<string, unknown>;

/**
 * DynamoDB's typed values as they stand in the JSON of its API: numbers as text, binary as base64.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly M: Attributes }
  | { readonly L: readonly AttributeValue[] }
  | { readonly BOOL: boolean }
  | { readonly NULL: true };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Sets are of strings or of numbers; members that are undefined are left out.
 * @throws TypeError for what DynamoDB cannot hold: an empty set, a number that is none, a function
 */
export function encodeRow(row: Row): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(row))
    if (value !== undefined) attributes[name] = encodeValue(value);
  return attributes;
}

/** @throws TypeError for what is no row of the API */
export function decodeRow(attributes: unknown): Row {
  if (!isObject(attributes)) throw new TypeError('DynamoDB answered something else than a row');
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, decodeValue(value)]));
}

function encodeValue(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: encodeNumber(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(encodeValue) };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  if (value instanceof Set) return encodeSet([...value]);
  if (isObject(value)) return { M: encodeRow(value) };
  throw new TypeError(`DynamoDB holds no ${typeof value}`);
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`DynamoDB holds no ${value}`);
  return String(value);
}

function encodeSet(members: readonly unknown[]): AttributeValue {
  const texts = members.filter((member) => typeof member === 'string');
  const numbers = members.filter((member) => typeof member === 'number');
  if (texts.length > 0 && texts.length === members.length) return { SS: texts };
  if (numbers.length > 0 && numbers.length === members.length) return { NS: numbers.map(encodeNumber) };
  throw new TypeError('DynamoDB holds no set that is empty or of several kinds');
}

function decodeValue(value: unknown): unknown {
  if (isObject(value)) {
    for (const [type, content] of Object.entries(value)) {
      switch (type) {
        case 'S':
        case 'BOOL':
          return content;
        case 'N':
          return Number(content);
        case 'NULL':
          return null;
        case 'B':
          if (typeof content === 'string') return Buffer.from(content, 'base64');
          break;
        case 'M':
          return decodeRow(content);
        case 'L':
          if (Array.isArray(content)) return content.map(decodeValue);
          break;
        case 'SS':
          if (Array.isArray(content)) return new Set(content);
          break;
        case 'NS':
          if (Array.isArray(content)) return new Set(content.map(Number));
      }
    }
  }
  throw new TypeError('DynamoDB answered something else than an attribute value');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
