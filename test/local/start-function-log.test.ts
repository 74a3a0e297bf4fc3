import { importantLine } from '../../local/function-log';

test.each([
  ['{"level":"ERROR","message":"the bus refused","errorMessage":"timeout"}', 'ERROR the bus refused timeout'],
  ['{"level":"warn","message":"slow"}', 'WARN slow'],
  ['{"level":"error","message":"failed","error":{"name":"Error","message":"no"}}', 'ERROR failed no'],
  ['{"level":"INFO","message":"accepted"}', undefined],
  ['{"message":"no level"}', undefined],
  ['{"level":', undefined],
  ['2026-11-20T10:00:00.000Z\tabc\tERROR\tInvoke Error\t{}', 'ERROR Invoke Error\t{}'],
  ['2026-11-20T10:00:00.000Z\tabc\tINFO\tERROR is a word here', undefined],
  ['START RequestId: abc Version: $LATEST', undefined],
])('of the log line %j the terminal shows %j', (line, shown) => {
  expect(importantLine(line)).toBe(shown);
});
