import { isObject, type Json } from '../json/json';
import { parseArnPattern, parsePattern, refuseVariables, type Pattern } from './wildcards';

/** What is known of a request, by condition key in lower case. A key that is not there was not sent. */
export type RequestContext = ReadonlyMap<string, string>;

export type Condition = (context: RequestContext) => boolean;

/** The condition keys that requests here can have. Any other would make a statement silently void. */
const KEYS = [
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:PrincipalServiceName',
  'aws:RequestedRegion',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
];
const KNOWN_KEYS = new Set(KEYS.map((key) => key.toLowerCase()));

type Comparison = (wanted: string) => Pattern['matches'];

const same: Comparison = (wanted) => (value) => value === wanted;
const sameIgnoringCase: Comparison = (wanted) =>
  parsePattern(wanted.toLowerCase(), { ignoreCase: true }).matches;
const like: Comparison = (wanted) => parsePattern(wanted).matches;
const arnLike: Comparison = (wanted) => parseArnPattern(wanted).matches;

/** By operator; the negated ones hold where none of the values matches, also without the key. */
const OPERATORS: Readonly<Record<string, { readonly compare: Comparison; readonly negated?: true }>> = {
  StringEquals: { compare: same },
  StringNotEquals: { compare: same, negated: true },
  StringEqualsIgnoreCase: { compare: sameIgnoringCase },
  StringNotEqualsIgnoreCase: { compare: sameIgnoringCase, negated: true },
  StringLike: { compare: like },
  StringNotLike: { compare: like, negated: true },
  ArnEquals: { compare: arnLike },
  ArnLike: { compare: arnLike },
  ArnNotEquals: { compare: arnLike, negated: true },
  ArnNotLike: { compare: arnLike, negated: true },
  Bool: { compare: sameIgnoringCase },
};

/**
 * The `Condition` of a statement: all operators and keys must hold, of a key's values one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @throws Error for an operator or a key that is not modelled
 */
export function parseConditions(block: Json | undefined): Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw new Error('Condition must be an object');
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw new Error(`the condition ${operator} must be an object`);
    return Object.entries(keys).map(([key, values]) => parseCondition(operator, key, texts(values, key)));
  });
}

function parseCondition(operator: string, givenKey: string, values: readonly string[]): Condition {
  const key = givenKey.toLowerCase();
  if (!KNOWN_KEYS.has(key)) throw new Error(`the condition key ${givenKey} is not modelled`);
  for (const value of values) refuseVariables(value);
  if (operator === 'Null') {
    const absent = values.map((value) => value === 'true');
    return (context) => absent.includes(!context.has(key));
  }
  const ifExists = operator.endsWith('IfExists');
  const known = OPERATORS[ifExists ? operator.slice(0, -'IfExists'.length) : operator];
  if (known === undefined) throw new Error(`the condition operator ${operator} is not modelled`);
  const comparisons = values.map((value) => known.compare(value));
  const negated = known.negated === true;
  return (context) => {
    const value = context.get(key);
    if (value === undefined) return ifExists || negated;
    return comparisons.some((matches) => matches(value)) !== negated;
  };
}

function texts(values: Json, key: string): string[] {
  return (Array.isArray(values) ? values : [values]).map((value) => {
    if (typeof value === 'object') throw new Error(`a value of the condition key ${key} is no text`);
    return String(value);
  });
}
