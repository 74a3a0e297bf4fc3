import { BlockList, isIP } from 'node:net';
import { isObject, type Json, type JsonObject } from '../json/json';

/** Whether one leaf value of an event matches. A field with several values matches when one of them does. */
export type LeafTest = (value: string | number | boolean | null) => boolean;

/**
 * The comparison operators of event patterns, except `exists` and `$or`, which look at more than one value.
 * Source: "Comparison operators for use in event patterns", EventBridge user guide.
 * @param operator an object with one member, e.g. `{"prefix": "us-"}`
 * @throws Error naming `path` for an unknown operator or operand
 */
export function parseOperator(operator: JsonObject, path: string): LeafTest {
  const [[name, operand] = ['', null], ...others] = Object.entries(operator);
  if (others.length > 0 || name === '')
    throw new Error(`${path}: an operator object must have exactly one key`);
  switch (name) {
    case 'prefix':
      return affix(operand, path, (value, start) => value.startsWith(start));
    case 'suffix':
      return affix(operand, path, (value, end) => value.endsWith(end));
    case 'equals-ignore-case':
      return equalsIgnoreCase(string(operand, path, name));
    case 'wildcard':
      return wildcard(string(operand, path, name), path);
    case 'anything-but':
      return anythingBut(operand, path);
    case 'numeric':
      return numeric(operand, path);
    case 'cidr':
      return cidr(string(operand, path, name), path);
    default:
      throw new Error(`${path}: unknown operator ${name}`);
  }
}

type Affix = (value: string, affix: string) => boolean;

/** `{"prefix": "a"}` or `{"prefix": {"equals-ignore-case": "a"}}`, and the same for suffix. */
function affix(operand: Json, path: string, test: Affix): LeafTest {
  if (isObject(operand)) {
    const folded = string(
      only(operand, 'equals-ignore-case', path),
      path,
      'equals-ignore-case',
    ).toLowerCase();
    return (value) => typeof value === 'string' && test(value.toLowerCase(), folded);
  }
  const exact = string(operand, path, 'prefix and suffix');
  return (value) => typeof value === 'string' && test(value, exact);
}

function equalsIgnoreCase(operand: string): LeafTest {
  const folded = operand.toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === folded;
}

/** `*` stands for any characters, `\*` and `\\` for themselves; two `*` in a row are refused, as on AWS. */
function wildcard(operand: string, path: string): LeafTest {
  let source = '';
  let star = false;
  for (const [token] of operand.matchAll(/\\.|[^]/gsu)) {
    if (token === '*' && star) throw new Error(`${path}: a wildcard must not have two * in a row`);
    if (token.startsWith('\\') && token !== '\\*' && token !== '\\\\') {
      throw new Error(`${path}: a wildcard may escape * and \\ only`);
    }
    star = token === '*';
    const literal = token.startsWith('\\') ? token.slice(1) : token;
    source += star ? '.*' : literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  const expression = new RegExp(`^${source}$`, 'su');
  return (value) => typeof value === 'string' && expression.test(value);
}

/** A value, a list of strings or of numbers, or one of the text operators with a string or a list of strings. */
function anythingBut(operand: Json, path: string): LeafTest {
  if (isObject(operand)) {
    const [[name, nested] = ['', null]] = Object.entries(operand);
    if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
      throw new Error(`${path}: unknown operator ${name} in anything-but`);
    }
    only(operand, name, path);
    const options = Array.isArray(nested) ? nested : [nested];
    if (options.length === 0) throw new Error(`${path}: anything-but ${name} must not be empty`);
    const tests = options.map((option) => parseOperator({ [name]: option }, path));
    return (value) => !tests.some((test) => test(value));
  }
  const values = Array.isArray(operand) ? operand : [operand];
  const oneType = ['string', 'number'].some((type) => values.every((value) => typeof value === type));
  if (values.length === 0 || !oneType) {
    throw new Error(`${path}: anything-but takes strings or numbers, not a mixture and not nothing`);
  }
  return (value) => !values.includes(value);
}

/** `["=", n]`, `[">", a]` or a range such as `[">", a, "<=", b]`, on JSON numbers. */
function numeric(operand: Json, path: string): LeafTest {
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) {
    throw new Error(`${path}: numeric takes one comparison or a range of two`);
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const [sign, bound] = operand.slice(index, index + 2);
    if (typeof bound !== 'number' || Math.abs(bound) > 5e9) {
      throw new Error(`${path}: numeric compares with numbers between -5e9 and 5e9`);
    }
    tests.push(comparison(sign, bound, path));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function comparison(sign: Json | undefined, bound: number, path: string): (value: number) => boolean {
  switch (sign) {
    case '=':
      return (value) => value === bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
    default:
      throw new Error(`${path}: numeric has no comparison ${JSON.stringify(sign)}`);
  }
}

function cidr(operand: string, path: string): LeafTest {
  const [address = '', bits = ''] = operand.split('/');
  const version = isIP(address);
  if (version === 0 || !/^\d+$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) {
    throw new Error(`${path}: ${operand} is not an address range`);
  }
  const range = new BlockList();
  const family = version === 4 ? 'ipv4' : 'ipv6';
  range.addSubnet(address, Number(bits), family);
  return (value) => typeof value === 'string' && isIP(value) === version && range.check(value, family);
}

function only(operand: JsonObject, name: string, path: string): Json {
  const value = operand[name];
  if (value === undefined || Object.keys(operand).length !== 1) {
    throw new Error(`${path}: unknown operator ${JSON.stringify(operand)}`);
  }
  return value;
}

function string(operand: Json, path: string, name: string): string {
  if (typeof operand === 'string') return operand;
  throw new Error(`${path}: ${name} takes a string`);
}
