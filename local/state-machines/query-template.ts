import type { Json, JsonObject } from '../json/json';
import { isObject } from '../json/json';
import { InterpreterFailure, QUERY_EVALUATION_ERROR } from './failure';
import { JsonataExpression, type Bindings } from './jsonata-expression';

/**
 * A field of a state that may hold JSONata: any JSON, in which each string that is `{% ... %}` as a whole is an
 * expression. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export interface QueryTemplate {
  evaluate(bindings: Bindings): Promise<Json>;
  /** All expressions in it, for the checks at load. */
  readonly expressions: readonly JsonataExpression[];
}

/**
 * Compiles a field. `location` is the field as AWS names it, e.g. `Catch[0]/Output`.
 * Throws Error naming the location of an expression that does not parse.
 */
export function compileTemplate(value: Json, location: string): QueryTemplate {
  if (typeof value === 'string' && isExpression(value)) return compileExpression(value, location);
  const members = Array.isArray(value)
    ? value.map((item, index) => compileTemplate(item, `${location}[${index}]`))
    : isObject(value)
      ? Object.entries(value).map(([key, member]) => compileTemplate(member, `${location}/${key}`))
      : [];
  const expressions = members.flatMap((member) => member.expressions);
  if (expressions.length === 0) return { expressions, evaluate: () => Promise.resolve(value) };
  if (Array.isArray(value)) return { expressions, evaluate: (bindings) => evaluateAll(members, bindings) };
  const keys = Object.keys(isObject(value) ? value : {});
  return {
    expressions,
    evaluate: async (bindings) => {
      const values = await evaluateAll(members, bindings);
      const object: JsonObject = {};
      for (const [index, member] of values.entries()) object[keys[index] ?? ''] = member;
      return object;
    },
  };
}

async function evaluateAll(members: readonly QueryTemplate[], bindings: Bindings): Promise<Json[]> {
  const values: Json[] = [];
  for (const member of members) values.push(await member.evaluate(bindings));
  return values;
}

function isExpression(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4;
}

function compileExpression(text: string, location: string): QueryTemplate {
  const source = text.slice(2, -2).trim();
  try {
    const expression = new JsonataExpression(source, location);
    return { expressions: [expression], evaluate: (bindings) => expression.evaluate(bindings) };
  } catch (error) {
    const message =
      typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
    throw new Error(`the expression of ${location} does not parse: ${message}`);
  }
}

/** The template's value as a number from `minimum` up; anything else is States.QueryEvaluationError. */
export async function evaluateNumber(
  template: QueryTemplate,
  bindings: Bindings,
  field: string,
  minimum = 0,
): Promise<number> {
  const value = await template.evaluate(bindings);
  if (typeof value === 'number' && value >= minimum) return value;
  throw wrongType(field, `a number of at least ${minimum}`);
}

/** The template's value as a string; anything else is States.QueryEvaluationError. */
export async function evaluateString(
  template: QueryTemplate,
  bindings: Bindings,
  field: string,
): Promise<string> {
  const value = await template.evaluate(bindings);
  if (typeof value === 'string') return value;
  throw wrongType(field, 'a string');
}

/** The template's value as an object; anything else is States.QueryEvaluationError. */
export async function evaluateObject(
  template: QueryTemplate,
  bindings: Bindings,
  field: string,
): Promise<JsonObject> {
  const value = await template.evaluate(bindings);
  if (isObject(value)) return value;
  throw wrongType(field, 'an object');
}

/** What a field that evaluates to the wrong type throws. */
export function wrongType(field: string, expected: string): InterpreterFailure {
  const cause = `The JSONata expression specified for the field '${field}' returned an unexpected result type. Expected ${expected}.`;
  return new InterpreterFailure(QUERY_EVALUATION_ERROR, cause, field);
}
