import type { Runtime } from '../../local/runtime';
import { seqsOf } from '../support/chat-log-checker';
import { orderRun } from '../support/order-run';
import { startTestRuntime } from '../support/runtime';

const SENDERS = 5;
/** `npm run bench -- order` runs the same with 200. */
const EACH = 40;

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startTestRuntime();
}, 60_000);
afterAll(() => runtime.close());

test('S1, message ordering: 5 senders at full speed, and every client ends with the same order without a hole', async () => {
  const { findings, logs, sent } = await orderRun(runtime, { senders: SENDERS, each: EACH });

  const all = Array.from({ length: SENDERS * EACH }, (_, index) => index + 1);
  for (const log of logs) expect(seqsOf(log)).toEqual(all);
  for (const own of sent) {
    const numbers = own.map(({ seq = 0 }) => seq);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  expect(findings).toEqual({ lost: [], duplicated: [], misordered: [], phantom: [] });
}, 120_000);
