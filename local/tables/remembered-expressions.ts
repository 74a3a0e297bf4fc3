import conditions, { type ExpressionContext, type ExpressionParser } from 'dynalite/db/conditionParser.js';
import updates from 'dynalite/db/updateParser.js';

/** What an expression means, and which names and values it used; values stand in it as themselves. */
interface Remembered {
  readonly meaning: unknown;
  /** The names of the values that stand in it. */
  readonly nameOf: ReadonlyMap<unknown, string>;
  readonly names: readonly string[];
  /** The values that are the ends of a BETWEEN; whether they are in order is part of being right. */
  readonly bounds: readonly Bounds[];
}

type Bounds = readonly [lower: string, upper: string];

/** More different expressions than any stage has; whoever calls with one of a kind each time must not fill the memory. */
const MOST = 1000;
/** Whether this is right depends on the value itself, not on its type alone. */
const BY_VALUE = /attribute_type/i;

/**
 * Makes dynalite remember what it has parsed: it parses each expression of each call anew, which took a quarter of
 * this process's time for a message. Only what was found right is remembered.
 */
export function rememberExpressions(): void {
  for (const parser of [conditions, updates]) parser.parse = remembering(parser.parse);
}

/** A parser that answers as the one given does. */
export function remembering(parse: ExpressionParser['parse']): ExpressionParser['parse'] {
  const known = new Map<string, Remembered>();
  return (text, options) => {
    const { context } = options;
    if (BY_VALUE.test(text)) return parse(text, options);
    const key = keyOf(text, context);
    const remembered = known.get(key);
    if (remembered !== undefined && isInOrder(remembered, context)) return recalled(remembered, context);
    // Of names that another expression of the call has used it must be seen too whether this one does.
    const unused = Object.fromEntries(
      Object.keys(context.attrNames ?? {}).map((name) => [name, true as const]),
    );
    const meaning = parse(text, { ...options, context: { ...context, unusedAttrNames: unused } });
    const names = Object.keys(context.attrNames ?? {}).filter((name) => !(name in unused));
    for (const name of names) delete context.unusedAttrNames[name];
    const values = Object.entries(context.attrVals ?? {});
    const nameOf = new Map<unknown, string>(values.map(([name, value]) => [value, name]));
    // A text is what is wrong with the expression. A value that stands under two names could not be told apart.
    if (typeof meaning === 'string' || nameOf.size < values.length) return meaning;
    if (known.size >= MOST) known.clear();
    known.set(key, {
      meaning: filledIn(meaning, (value) => (nameOf.has(value) ? value : undefined)),
      nameOf,
      names,
      bounds: boundsIn(meaning, nameOf),
    });
    return meaning;
  };
}

/** The same text means the same with the same names and values of the same types. */
function keyOf(text: string, { attrNames, attrVals, isKeyCondition }: ExpressionContext): string {
  // Each call of DynamoDB asks for it, and JSON of the same takes three times as long. What an attribute is called may
  // hold anything, so its length says where it ends.
  let key = isKeyCondition === true ? 'key' : '';
  for (const [name, attribute] of Object.entries(attrNames ?? {}))
    key += ` ${name}=${attribute.length}:${attribute}`;
  for (const [name, value] of Object.entries(attrVals ?? {})) key += ` ${name} ${Object.keys(value).join()}`;
  return `${key} ${text}`;
}

function boundsIn(meaning: unknown, nameOf: Remembered['nameOf']): Bounds[] {
  if (typeof meaning !== 'object' || meaning === null || nameOf.has(meaning)) return [];
  const inside = Object.values(meaning).flatMap((part) => boundsIn(part, nameOf));
  if (!('type' in meaning) || meaning.type !== 'between' || !('args' in meaning)) return inside;
  const [, lower, upper] = (Array.isArray(meaning.args) ? meaning.args : []).map((end) => nameOf.get(end));
  return lower === undefined || upper === undefined ? inside : [...inside, [lower, upper]];
}

function isInOrder({ bounds }: Remembered, { attrVals, compare }: ExpressionContext): boolean {
  return bounds.every(([lower, upper]) => !compare('GT', attrVals?.[lower], attrVals?.[upper]));
}

function recalled({ meaning, nameOf, names }: Remembered, context: ExpressionContext): unknown {
  for (const name of names) delete context.unusedAttrNames[name];
  return filledIn(meaning, (value) => {
    const name = nameOf.get(value);
    if (name === undefined) return undefined;
    delete context.unusedAttrVals[name];
    return context.attrVals?.[name];
  });
}

/** A copy, because dynalite changes what it is given; `valueFor` says what stands in it for an object, if anything. */
function filledIn(meaning: unknown, valueFor: (part: object) => object | undefined): unknown {
  if (typeof meaning !== 'object' || meaning === null) return meaning;
  const value = valueFor(meaning);
  if (value !== undefined) return value;
  if (Array.isArray(meaning)) return meaning.map((part) => filledIn(part, valueFor));
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(meaning)) copy[name] = filledIn(part, valueFor);
  return copy;
}
