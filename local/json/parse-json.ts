import type { Json } from './json';

/**
 * JSON.parse with a type that has to be looked at before use.
 * @throws SyntaxError as JSON.parse does
 */
export function parseJson(text: string): Json {
  const value: unknown = JSON.parse(text);
  if (!isJson(value)) throw new SyntaxError('JSON.parse gave something that is not JSON');
  return value;
}

/** Whether a value could have come out of JSON.parse, judged by its outermost layer. */
function isJson(value: unknown): value is Json {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value);
}
