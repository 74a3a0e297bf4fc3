import type { ExprNode } from 'jsonata';
import { isObject, type Json } from '../json/json';
import type { Bindings } from './jsonata-expression';

/** What an expression gives; undefined where only the library can say: members of arrays, nothing, an error. */
export type PlainExpression = (bindings: Bindings) => Json | undefined;

/**
 * An expression that needs no library: a literal, a variable, a member of one, or two of these compared or joined.
 * Definitions hold little else, and the library takes many times as long for it.
 * @param node as jsonata parses it; whatever is not plain gives undefined
 */
export function plainExpression(node: ExprNode): PlainExpression | undefined {
  const { steps, lhs, rhs } = node;
  const type: string = node.type;
  const value: unknown = node.value;
  if (!Object.keys(node).every((key) => PLAIN.has(key))) return undefined;
  switch (type) {
    case 'string':
    case 'number':
    case 'value':
      return literal(value);
    case 'variable':
      return variable(String(value));
    case 'path':
      return steps && path(steps);
    case 'binary':
      return Array.isArray(lhs) ? undefined : binary(String(value), lhs, rhs);
    default:
      return undefined;
  }
}

/** A node with anything else to it, such as a filter or a grouping, is not plain. */
const PLAIN = new Set(['type', 'position', 'value', 'steps', 'lhs', 'rhs']);

function literal(value: unknown): PlainExpression | undefined {
  return isScalar(value) ? () => value : undefined;
}

function variable(name: string): PlainExpression {
  if (name === 'states') return ({ states }) => states;
  return ({ variables }) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
}

function path([first, ...members]: readonly ExprNode[]): PlainExpression | undefined {
  const start = first?.type === 'variable' ? plainExpression(first) : undefined;
  if (start === undefined) return undefined;
  const names: string[] = [];
  for (const member of members) {
    if (member.type !== 'name' || !Object.keys(member).every((key) => PLAIN.has(key))) return undefined;
    names.push(String(member.value));
  }
  return (bindings) => {
    let value = start(bindings);
    for (const name of names) {
      value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    }
    return value;
  };
}

function binary(
  operator: string,
  lhs: ExprNode | undefined,
  rhs: ExprNode | undefined,
): PlainExpression | undefined {
  const operation = OPERATIONS[operator];
  const left = lhs && plainExpression(lhs);
  const right = rhs && plainExpression(rhs);
  if (operation === undefined || left === undefined || right === undefined) return undefined;
  return (bindings) => operation(left(bindings), right(bindings));
}

type Operation = (left: Json | undefined, right: Json | undefined) => Json | undefined;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '=': (left, right) => (isScalar(left) && isScalar(right) ? left === right : undefined),
  '!=': (left, right) => (isScalar(left) && isScalar(right) ? left !== right : undefined),
  '>': (left, right) => (typeof left === 'number' && typeof right === 'number' ? left > right : undefined),
  '&': (left, right) => (typeof left === 'string' && typeof right === 'string' ? left + right : undefined),
};

function isScalar(value: unknown): value is string | number | boolean | null {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}
