import { isObject, type Json, type JsonObject } from './json';
import { ServiceError } from '../service';

/**
 * Readers for the members of an API request or the properties of a template resource. Each throws
 * ValidationException naming the member when it has another type than the one asked for. CloudFormation and
 * the Query protocol write numbers and booleans as text, so those are read either way.
 */
export function requiredText(input: JsonObject, name: string): string {
  const value = text(input, name);
  if (value === undefined || value === '') throw invalid(`${name} is required`);
  return value;
}

export function text(input: JsonObject, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(`${name} must be a string`);
}

/** An integer within `range`, both ends included. */
export function integer(
  input: JsonObject,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw invalid(`${name} must be an integer`);
  if (number < range.min || number > range.max) {
    throw invalid(`${name} must be between ${range.min} and ${range.max}, not ${number}`);
  }
  return number;
}

export function flag(input: JsonObject, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`${name} must be true or false`);
}

/** The member's elements, none when it is absent. */
export function list(input: JsonObject, name: string): Json[] {
  const value = input[name];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw invalid(`${name} must be a list`);
}

export function texts(input: JsonObject, name: string): string[] {
  return list(input, name).map((value) => {
    if (typeof value === 'string') return value;
    throw invalid(`${name} must hold strings only`);
  });
}

export function objects(input: JsonObject, name: string): JsonObject[] {
  return list(input, name).map((value) => {
    if (isObject(value)) return value;
    throw invalid(`${name} must hold objects only`);
  });
}

export function object(input: JsonObject, name: string): JsonObject | undefined {
  const value = input[name];
  if (value === undefined || isObject(value)) return value;
  throw invalid(`${name} must be an object`);
}

/** Throws when the input has a member that would be silently without effect here. */
export function refuseOthers(what: string, input: JsonObject, known: readonly string[]): void {
  for (const name of Object.keys(input)) {
    if (!known.includes(name)) throw invalid(`The local runtime does not model ${name} of ${what}`);
  }
}

/** The object without the members that are undefined, which JSON cannot say. */
export function defined(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) result[name] = value;
  return result;
}

/**
 * One page of a listing. `token` is what the page before gave as `next`.
 * @throws ValidationException for a token that no page gave
 */
export function page<T>(
  items: readonly T[],
  limit: number,
  token: string | undefined,
): { readonly items: T[]; readonly next: string | undefined } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw invalid('The token of the next page is not valid');
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : undefined };
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
