import * as database from 'dynalite/db/index.js';
import conditions from 'dynalite/db/conditionParser.js';
import type { ExpressionContext } from 'dynalite/db/conditionParser.js';
import { remembering } from '../../local/tables/remembered-expressions';

type Values = NonNullable<ExpressionContext['attrVals']>;

function contextOf(attrVals: Values, attrNames: Record<string, string> = { '#id': 'id', '#spare': 'spare' }) {
  const all = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, true as const]));
  return {
    attrNames,
    attrVals,
    unusedAttrNames: all(attrNames),
    unusedAttrVals: all(attrVals),
    isReserved: () => false,
    compare: database.compare,
  };
}

let parsed: string[];
let parse: ReturnType<typeof remembering>;

beforeEach(() => {
  parsed = [];
  parse = remembering((text, options) => {
    parsed.push(text);
    return realParse(text, options);
  });
});
const realParse = conditions.parse;

const EXPRESSION = '#id = :a AND (:b < size(list) OR attribute_not_exists(gone))';

it('means the same from memory as parsed anew, with the values and the unused names of each call', () => {
  const calls: Values[] = [
    { ':a': { S: 'one' }, ':b': { N: '1' }, ':spare': { S: '' } },
    { ':a': { S: 'two' }, ':b': { N: '2' }, ':spare': { S: '' } },
    { ':a': { S: 'three' }, ':b': { N: '3' }, ':spare': { S: '' } },
  ];
  for (const values of calls) {
    const [context, anew] = [contextOf(values), contextOf(values)];
    expect(parse(EXPRESSION, { context })).toEqual(realParse(EXPRESSION, { context: anew }));
    expect([context.unusedAttrNames, context.unusedAttrVals]).toEqual([
      anew.unusedAttrNames,
      anew.unusedAttrVals,
    ]);
    expect(context).toMatchObject({
      unusedAttrNames: { '#spare': true },
      unusedAttrVals: { ':spare': true },
    });
  }
  expect(parsed).toEqual([EXPRESSION]);
});

it('knows a name for used that another expression of the first call had used as well', () => {
  const values: Values = { ':a': { S: 'one' }, ':b': { N: '1' } };
  const first = contextOf(values);
  delete (first.unusedAttrNames as Record<string, true>)['#id'];
  parse(EXPRESSION, { context: first });
  const second = contextOf(values);
  parse(EXPRESSION, { context: second });
  expect(parsed).toHaveLength(1);
  expect([first.unusedAttrNames, second.unusedAttrNames]).toEqual([{ '#spare': true }, { '#spare': true }]);
});

it('gives each call a meaning of its own, because it is changed afterwards', () => {
  const values: Values = { ':a': { S: 'one' }, ':b': { N: '1' } };
  const [first, second] = [1, 2].map(() => parse(EXPRESSION, { context: contextOf(values) }));
  Object.assign(first as object, { expression: 'changed' });
  expect(parse(EXPRESSION, { context: contextOf(values) })).toEqual(second);
});

it.each([
  ['values of other types', { ':a': { S: 'x' } }, { ':a': { N: '1' } }],
  ['values of which one is missing', { ':a': { S: 'x' }, ':b': { S: 'x' } }, { ':a': { S: 'x' } }],
])('parses anew what comes with %s', (_, one: Values, other: Values) => {
  const text = 'begins_with(id, :a) AND :b <> id';
  const outcomes = [one, other].map((values) => parse(text, { context: contextOf(values) }));
  expect(outcomes).toEqual([one, other].map((values) => realParse(text, { context: contextOf(values) })));
  expect(outcomes[0]).not.toEqual(outcomes[1]);
});

it('remembers a range, and finds it wrong all the same where its ends are not in order', () => {
  const text = '#id BETWEEN :a AND :b AND NOT size(list) BETWEEN :a AND :c';
  const ranges = [
    [1, 2],
    [2, 10],
    [3, 2],
    [2, 2],
  ].map(([from, to]): Values => ({ ':a': { N: `${from}` }, ':b': { N: `${to}` }, ':c': { N: '100' } }));
  for (const values of ranges) {
    const context = contextOf(values);
    expect(parse(text, { context })).toEqual(realParse(text, { context: contextOf(values) }));
  }
  expect(parsed).toHaveLength(2);
});

it('parses anew what depends on the values, and remembers nothing that is wrong', () => {
  const byValue = 'attribute_type(id, :a)';
  const wrong = 'attribute_exists(:a)';
  for (const text of [byValue, wrong]) {
    for (const type of ['S', 'N', 'X']) {
      const context = contextOf({ ':a': { S: type } });
      expect(parse(text, { context })).toEqual(realParse(text, { context }));
    }
  }
  expect(parsed).toHaveLength(6);
});

it('does not take two values for one that are the same object in the first call', () => {
  const same = { S: 'x' };
  const text = 'id = :a OR name = :b';
  parse(text, { context: contextOf({ ':a': same, ':b': same }) });
  const values: Values = { ':a': { S: 'one' }, ':b': { S: 'two' } };
  expect(parse(text, { context: contextOf(values) })).toEqual(
    realParse(text, { context: contextOf(values) }),
  );
});
