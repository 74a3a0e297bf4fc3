import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { decodeRow, encodeRow } from '../../handlers/aws/attribute-values';

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uniqueArray(fc.string(), { minLength: 1 }).map((members) => new Set(members)),
    fc.uniqueArray(fc.integer(), { minLength: 1 }).map((members) => new Set(members)),
    fc.array(tie('value')).map((members) => members.filter((member) => member !== undefined)),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value;
const rows = fc.dictionary(fc.string(), value);

it('writes and reads rows as the AWS SDK does, whatever their values', () => {
  fc.assert(
    fc.property(rows, (row) => {
      const attributes = marshall(row, { removeUndefinedValues: true });
      expect(encodeRow(row)).toEqual(attributes);
      expect(decodeRow(attributes)).toEqual(unmarshall(attributes));
    }),
    { numRuns: 500 },
  );
});

it('writes bytes as the API has them in JSON, and reads them again', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const attributes = JSON.parse(JSON.stringify(encodeRow({ bytes }))) as unknown;
  expect(attributes).toEqual({ bytes: { B: Buffer.from(bytes).toString('base64') } });
  expect(decodeRow(attributes).bytes).toEqual(Buffer.from(bytes));
});

it.each([
  ['a number that is none', NaN],
  ['an empty set', new Set()],
  ['a set of several kinds', new Set(['a', 1])],
  ['a function', () => {}],
  ['a bigint', 1n],
])('refuses %s', (_, wrong) => {
  expect(() => encodeRow({ deep: [{ wrong }] })).toThrow(TypeError);
});

it.each([null, 'text', [], { a: 'untyped' }, { a: {} }, { a: { X: 1 } }, { a: { L: 'no list' } }])(
  'refuses %j for a row',
  (wrong) => {
    expect(() => decodeRow(wrong)).toThrow(TypeError);
  },
);
