import { seqsOf } from '../support/chat-log-checker';
import { recoveryRun } from '../support/recovery-run';
import { temporaryFolder } from '../support/temporary-folder';

/** `npm run bench -- recovery` runs the same with 1,000. */
const MESSAGES = 60;

test('R5: clients that are cut at random, across a kill of the runtime, end with the exact sequence or are told why not', async () => {
  const { findings, zero, away, holed, sockets } = await recoveryRun(temporaryFolder(), {
    messages: MESSAGES,
  });

  expect(findings).toEqual({ lost: [], duplicated: [], misordered: [], phantom: [] });
  expect(sockets).toBeGreaterThan(20);
  const all = Array.from({ length: MESSAGES }, (_, index) => index + 1);
  expect(seqsOf(zero)).toEqual(all);
  expect(away.from).toBeGreaterThan(0);
  expect(seqsOf(away)).toEqual(all.slice(away.from));
  expect(holed.entries).toEqual([
    ...zero.entries.slice(0, holed.entries.length - 1),
    { missing: { after: holed.entries.length - 1, upTo: MESSAGES }, reason: 'missing' },
  ]);
}, 400_000);
