import type { Runtime } from '../../local/runtime';
import { startTestRuntime } from '../support/runtime';
import { faultOf } from './check-answer';
import { fuzzHandlers } from './handlers';
import { fuzzSockets } from './sockets';

/** `npm run fuzz` does the same with 10,000,000 and 100,000 frames. */
const FRAMES = 20_000;
const THROUGH_SOCKETS = 1000;

describe('random frames', () => {
  test('through parser and functions get a typed answer each, and none makes a function throw', async () => {
    const { faults, answers } = await fuzzHandlers(FRAMES, 1);
    expect(faults).toEqual([]);
    // They reach behind the parser, too.
    for (const kind of ['ok', 'unknown_room', 'permission_denied', 'conflict', 'too_large', 'bye']) {
      expect(answers.get(kind)).toBeGreaterThan(0);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  }, 120_000);

  test('are the same again for the same seed, so that a fault can be looked into', async () => {
    const [one, other] = [await fuzzHandlers(200, 3), await fuzzHandlers(200, 3)];
    expect([...one.answers]).toEqual([...other.answers]);
  });
});

describe('random frames through real sockets', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await startTestRuntime();
  }, 60_000);
  afterAll(() => runtime.close());

  test('get a typed answer each, and the socket lives on', async () => {
    const { faults, frames } = await fuzzSockets(runtime.url, THROUGH_SOCKETS, 2);
    expect(faults).toEqual([]);
    expect(frames).toBeGreaterThanOrEqual(THROUGH_SOCKETS);
  }, 120_000);
});

describe('the check of an answer', () => {
  const error = { code: 107, name: 'bad_request', message: 'no', temporary: false, traceId: 't' };
  test.each([
    ['{"action":"ping"}', { ok: true, pong: true, rooms: {}, next: null }, undefined],
    ['{"action":"ping"}', { ok: true, pong: true }, 'a reply that is not what the command gives'],
    ['{"action":"nope"}', { ok: true, pong: true, rooms: {} }, 'ok to an unknown action'],
    ['?', { ok: false, error }, undefined],
    ['?', { ok: false, error: { ...error, traceId: undefined } }, 'an error that is not typed'],
    ['?', { ok: false, error: { ...error, name: 'internal', code: 100 } }, 'a fault of ours'],
    ['?', { ok: false, error: { ...error, name: 'oops' } }, 'an unknown error oops'],
    [
      '{"action":"ping"}',
      { ok: false, error: { ...error, name: 'too_large', code: 122 } },
      'too_large, of which the catalogue of commands does not know',
    ],
    ['?', { ok: false, error: { ...error, code: 1 } }, 'an unknown error bad_request'],
    ['?', { message: 'Internal server error', connectionId: 'c', requestId: 'r' }, 'neither ok nor bye'],
    ['?', { type: 'bye', code: 3010, name: 'x', reconnect: true, afterMs: [0, 5000] }, undefined],
  ])('sees in the answer to %s, %j: %s', (frame, answer, fault) => {
    expect(faultOf(frame, JSON.stringify(answer))).toBe(fault);
  });

  test('sees an answer that does not fit a frame', () => {
    const answer = JSON.stringify({ ok: true, text: 'x'.repeat(33_000) });
    expect(faultOf('?', answer)).toBe(`the answer has ${answer.length} bytes`);
  });
});
