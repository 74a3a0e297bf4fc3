import { isObject, type Json, type JsonObject } from '../json/json';
import { parseOperator, type LeafTest } from './pattern-operators';

/** Whether an event matches. */
export type EventPattern = (event: JsonObject) => boolean;

/** Looks at one field of an object, which may be absent. */
type FieldTest = (value: Json | undefined) => boolean;

/**
 * An event pattern, ready to match: every field must match (and), one of a field's alternatives suffices (or),
 * `$or` lists alternatives across fields. In an array of the event, one element suffices.
 * Source: "Creating EventBridge event patterns" and its page on comparison operators, EventBridge user guide.
 * @throws Error naming the field for an unknown operator, an empty list or anything else that EventBridge
 *   refuses when a rule is created
 */
export function parseEventPattern(pattern: JsonObject): EventPattern {
  return parseFields(pattern, 'EventPattern');
}

function parseFields(pattern: JsonObject, path: string): (event: JsonObject) => boolean {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw new Error(`${path} must not be empty`);
  const tests = fields.map(([name, expected]) => {
    const place = `${path}.${name}`;
    if (name === '$or') return parseOr(expected, path);
    const test = parseField(expected, place);
    return (event: JsonObject) => test(event[name]);
  });
  return (event) => tests.every((test) => test(event));
}

function parseOr(alternatives: Json, path: string): (event: JsonObject) => boolean {
  const patterns = Array.isArray(alternatives) ? alternatives.filter(isObject) : [];
  if (!Array.isArray(alternatives) || patterns.length < 2 || patterns.length !== alternatives.length) {
    throw new Error(`${path}.$or must list at least two patterns`);
  }
  const tests = patterns.map((pattern, index) => parseFields(pattern, `${path}.$or[${index}]`));
  return (event) => tests.some((test) => test(event));
}

function parseField(expected: Json, path: string): FieldTest {
  if (isObject(expected)) {
    const nested = parseFields(expected, path);
    return (value) => {
      const objects = objectsIn(value);
      return objects.length === 0 ? nested({}) : objects.some(nested);
    };
  }
  if (!Array.isArray(expected) || expected.length === 0) {
    throw new Error(`${path} must be a list of alternatives that is not empty`);
  }
  const tests = expected.map((alternative) => parseAlternative(alternative, path));
  return (value) => tests.some((test) => test(value));
}

function parseAlternative(alternative: Json, path: string): FieldTest {
  if (Array.isArray(alternative)) throw new Error(`${path} must not hold a list within its list`);
  if (!isObject(alternative)) return anyLeaf((leaf) => leaf === alternative);
  if ('exists' in alternative) {
    const { exists } = alternative;
    if (typeof exists !== 'boolean' || Object.keys(alternative).length !== 1) {
      throw new Error(`${path}: exists takes true or false`);
    }
    return (value) => leavesOf(value).length > 0 === exists;
  }
  return anyLeaf(parseOperator(alternative, path));
}

function anyLeaf(test: LeafTest): FieldTest {
  return (value) => leavesOf(value).some(test);
}

/** The values of a field: itself or its elements. An object is no leaf, so that `exists` does not see it. */
function leavesOf(value: Json | undefined): (string | number | boolean | null)[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isObject(value) ? [] : [value];
}

function objectsIn(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return isObject(value) ? [value] : [];
}
