import fc from 'fast-check';
import { alertsAgents, preview } from '../../handlers/chat/fan-out/alerts';
import { overdueAgainAfter, PARK_AFTER } from '../../handlers/chat/fan-out/sweeping';
import { HOUR, MINUTE } from '../support/memory/clock';

describe('the sweep', () => {
  it.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 15],
    [6, 15],
    [1000, 15],
  ])(
    'after %d attempts comes again in %d minutes, because an outage lasts longer than a hiccup',
    (attempt, minutes) => {
      expect(overdueAgainAfter(attempt)).toBe(minutes * MINUTE);
    },
  );

  it('parks after a day, because by then a person has to look', () => {
    expect(PARK_AFTER).toBe(24 * HOUR);
  });
});

describe('an alert', () => {
  it.each([
    ['off', false],
    ['always', true],
    ['unattended', true],
  ] as const)('with the setting %s is sent: %s', (policy, sent) => {
    expect(alertsAgents(policy)).toBe(sent);
  });

  it.each([
    ['hello', 80, 'hello'],
    ['  two\n lines\t', 80, 'two lines'],
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['👋👋👋', 2, '👋…'],
    ['hello', 1, '…'],
    ['hello', 0, ''],
    ['', 80, ''],
  ])('shows %j in %d characters as %j', (text, characters, shown) => {
    expect(preview(text, characters)).toBe(shown);
  });

  it('never shows more than was allowed, nor half a character, nor a second line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(100), (text, characters) => {
        const shown = preview(text, characters);
        expect(Array.from(shown).length).toBeLessThanOrEqual(characters);
        expect(shown).not.toMatch(/[\r\n]/);
        expect(shown).not.toMatch(/\p{Cs}/u);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});
