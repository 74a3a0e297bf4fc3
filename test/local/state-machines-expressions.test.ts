import jsonata from 'jsonata';
import type { Json, JsonObject } from '../../local/json/json';
import { StateFailure } from '../../local/state-machines/failure';
import { JsonataExpression } from '../../local/state-machines/jsonata-expression';
import { plainExpression } from '../../local/state-machines/plain-expression';

/** What definitions mostly hold. */
const PLAIN = [
  '$states.input',
  '$v',
  '$missing',
  '$v.x',
  '$v.x.y',
  '$states.input.x',
  '$states.input.x.y',
  '$states.input.`x y`',
  '$states.input.constructor',
  "$v.x = 'a'",
  '$v.x = 1',
  '$v.x = $states.input.x',
  '$v.x != null',
  '$v.x > 0',
  "$v.x > 'A'",
  "$v.x & '/' & $v.x",
  "'text'",
  '-1',
  'null',
  'false',
];
const OTHERS = [
  '$',
  '$v.x[0]',
  '$v.x[]',
  '$v.x.*',
  '$v.x{"k": y}',
  '$v@$w.x',
  '$v#$i.x',
  '$v.x^(y)',
  '$v.(x)',
  '$v."x"',
  '$string($v.x)',
  '$v.x + 1',
  '[$v.x]',
  '[[$v.x], 1]',
  '[1..3]',
];
const VALUES: (Json | undefined)[] = [
  ...[undefined, null, true, 0, 1, 1e300, '', 'a', {}, [], [1], [[1]], [1, 'a']],
  ...[{ y: 1 }, { y: null }, { y: [] }, { y: [1] }, { y: [{ z: 1 }] }, [{ y: 1 }], [{ y: 1 }, { y: [2] }]],
];

async function outcome(source: string, x: Json | undefined): Promise<unknown> {
  const value: JsonObject = x === undefined ? {} : { x, 'x y': x };
  const bindings = { variables: { v: value }, states: { input: value }, now: 0 };
  try {
    return await new JsonataExpression(source, 'Output').evaluate(bindings);
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    return [error.errorName, error.failureCause?.replace(/^.*' specified/, ''), error.location];
  }
}

it.each([...PLAIN, ...OTHERS])('gives for %s what the library gives, whatever it reads', async (source) => {
  // The library evaluates a block, which is never plain, as what stands in it.
  for (const x of VALUES) expect([x, await outcome(source, x)]).toEqual([x, await outcome(`(${source})`, x)]);
});

it.each(PLAIN)('needs no library for %s', (source) => {
  expect(plainExpression(jsonata(source).ast())).toBeDefined();
});

it.each(OTHERS)('leaves %s to the library', (source) => {
  const plain = plainExpression(jsonata(source).ast());
  expect(plain?.({ variables: { v: {} }, states: {}, now: 0 })).toBeUndefined();
});
