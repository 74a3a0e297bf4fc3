import { createHash, type Hash } from 'node:crypto';
import { isObject, type JsonObject } from '../json/json';
import { ServiceError } from '../service';

/** `MD5OfMessageBody`: hex MD5 of the body's UTF-8 bytes. AWS SDKs compare it with what they sent. */
export function bodyDigest(body: string): string {
  return createHash('md5').update(body, 'utf8').digest('hex');
}

/**
 * `MD5OfMessageAttributes`: over the attributes in the order of their names, each as name, data type and value
 * with their lengths in four bytes, and one byte between that says string (1) or binary (2).
 * Source: "Calculating the MD5 message digest for message attributes", SQS developer guide.
 * @param attributes values as the API has them: `{DataType, StringValue}` or `{DataType, BinaryValue: base64}`
 */
export function attributesDigest(attributes: JsonObject): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const { dataType, value, binary } = attributeValue(name, attributes[name]);
    update(hash, Buffer.from(name));
    update(hash, Buffer.from(dataType));
    hash.update(Buffer.from([binary ? 2 : 1]));
    update(hash, value);
  }
  return hash.digest('hex');
}

/** Bytes of name, type and value, which count towards the size of a message. */
export function attributesSize(attributes: JsonObject): number {
  return Object.entries(attributes).reduce((sum, [name, attribute]) => {
    const { dataType, value } = attributeValue(name, attribute);
    return sum + Buffer.byteLength(name) + Buffer.byteLength(dataType) + value.length;
  }, 0);
}

function attributeValue(
  name: string,
  attribute: unknown,
): { dataType: string; value: Buffer; binary: boolean } {
  if (isObject(attribute) && typeof attribute.DataType === 'string') {
    const { DataType: dataType, StringValue: string, BinaryValue: binary } = attribute;
    const type = dataType.split('.')[0];
    if ((type === 'String' || type === 'Number') && typeof string === 'string' && string !== '') {
      return { dataType, value: Buffer.from(string), binary: false };
    }
    if (type === 'Binary' && typeof binary === 'string') {
      return { dataType, value: Buffer.from(binary, 'base64'), binary: true };
    }
  }
  throw new ServiceError(
    'InvalidParameterValue',
    `The message attribute '${name}' must have a DataType of String, Number or Binary and a value of that type.`,
  );
}

function update(hash: Hash, bytes: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  hash.update(length).update(bytes);
}
