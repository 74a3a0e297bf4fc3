import { createHash } from 'node:crypto';
import { crashed, definitionOf, runWorkflow, taken, transitionsOf, type Steps } from './workflow-bench';

const INPUT = { userId: 'u_carla000000000' };
const CLEAN = { next: null, erased: 0, counts: { Users: 1, Outbox: 3 } };
const FOUND = { ...CLEAN, erased: 4 };
/** Waits of 12 s pass in 12 ms. */
const SPEED = 1000;
const run = (steps: Steps) =>
  runWorkflow('erase-person', { RevokeAccess: { revoked: true }, ...steps }, INPUT, SPEED);

beforeAll(() => jest.spyOn(Math, 'random').mockReturnValue(0));
afterAll(() => jest.restoreAllMocks());

describe('erase-person', () => {
  test('closes connections first, then goes through the tables until a later pass finds nothing', async () => {
    const result = await run({ ErasePage: [FOUND, CLEAN] });
    expect(result.status).toBe('SUCCEEDED');
    expect(result.entered).toEqual([
      'Close their connections',
      ...['Erase pages', 'Is there more to look through?', 'Was this pass a clean one?'],
      'Let the rest come in',
      ...['Erase pages', 'Is there more to look through?', 'Was this pass a clean one?'],
      'The receipt',
    ]);
    expect(result.invoked('RevokeAccess')).toEqual([INPUT]);
    expect(result.invoked('ErasePage')).toEqual([
      { ...INPUT, pass: 1, next: null, erased: 0, counts: {} },
      { ...INPUT, pass: 2, next: null, erased: 0, counts: CLEAN.counts },
    ]);
  });

  test('ends with a receipt of numbers, in which the person is a hash', async () => {
    const { output } = await run({ ErasePage: CLEAN });
    expect(output).toEqual({
      userIdSha256: createHash('sha256').update(INPUT.userId).digest('hex'),
      erasedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
      passes: 2,
      rows: CLEAN.counts,
      executionArn: expect.stringContaining(':execution:') as unknown,
    });
    expect(JSON.stringify(output)).not.toContain(INPUT.userId);
  });

  test('takes a clean first pass for nothing, because what was under way may come behind it', async () => {
    const result = await run({ ErasePage: [CLEAN, FOUND, CLEAN] });
    expect(result.invoked('ErasePage').map(({ pass }) => pass)).toEqual([1, 2, 3]);
  });

  test('goes on where an invocation ran out of time, with the numbers so far', async () => {
    const next = { table: 'Outbox', after: '{"roomId":"r_x","seq":3}' };
    const result = await run({ ErasePage: [{ ...FOUND, next }, FOUND, CLEAN] });
    expect(result.invoked('ErasePage')[1]).toMatchObject({ pass: 1, next, erased: 4, counts: FOUND.counts });
    expect(result.status).toBe('SUCCEEDED');
  });

  test('fails where ten passes have each found something new, and gives no receipt then', async () => {
    const result = await run({ ErasePage: FOUND });
    expect(result).toMatchObject({ status: 'FAILED', error: 'StillActive' });
    expect(result.calls('ErasePage')).toBe(10);
  });

  test('tries a step that crashed again, and fails where it goes on crashing', async () => {
    const once = await run({
      RevokeAccess: [crashed(), { revoked: true }],
      ErasePage: [crashed(), FOUND, crashed(), CLEAN],
    });
    expect(once.status).toBe('SUCCEEDED');
    for (const step of ['RevokeAccess', 'ErasePage']) {
      const result = await run({ ErasePage: CLEAN, [step]: crashed() });
      expect(result.status).toBe('FAILED');
      expect(result.calls(step)).toBe(7);
    }
  });

  test('and by now every transition of the definition was taken', () => {
    const seen = taken.get('erase-person')!;
    expect(transitionsOf(definitionOf('erase-person')).filter((one) => !seen.has(one))).toEqual([]);
  });
});
