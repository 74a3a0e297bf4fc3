import fc from 'fast-check';
import { presentableName } from '../../handlers/chat/connections';
import { ClientError } from '../../handlers/chat/errors';
import { channelId } from '../../handlers/chat/ids';
import { normalizeRoomName, roomIdOf } from '../../handlers/chat/rooms';

describe('a room name', () => {
  it.each([
    ['Lobby', 'lobby'],
    ['  Team \t\n Blue  ', 'team blue'],
    ['Cafe\u0301', 'caf\u00e9'],
    ['ÜBER', 'über'],
    ['日本', '日本'],
    ['👋', '👋'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('%j is one with %j, because people write it differently', (name, normalized) => {
    expect(normalizeRoomName(name)).toBe(normalized);
  });

  it.each([
    ['', 'there is nothing to call it by'],
    ['   ', 'white space is nothing'],
    ['a'.repeat(65), 'it does not fit'],
    ['a\u0000b', 'NUL is a control character'],
    ['a\u0007b', 'the bell is a control character'],
    ['lobby\u200b', 'a zero-width space makes it look like another'],
    ['\u202eybbol', 'a direction override makes it look like another'],
    ['a\ud800', 'half a character is none'],
    ['a\ue000', 'a private character is shown as anything'],
  ])('%j is refused, because %s', (name) => {
    expect(refusalOf(() => normalizeRoomName(name, '/roomId'))).toMatchObject({
      error: 'bad_request',
      pointer: '/roomId',
    });
  });

  it('stays the same when it is normalized again, because ids are made of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 70 }), (name) => {
        if (refusalOf(() => normalizeRoomName(name)) !== undefined) return;
        const normalized = normalizeRoomName(name);
        expect(normalizeRoomName(normalized)).toBe(normalized);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('a room in a frame', () => {
  it('is meant by name in any spelling or by id, because clients know one or the other', () => {
    const id = channelId('lobby');
    expect(roomIdOf('Lobby')).toBe(id);
    expect(roomIdOf(' lobby ')).toBe(id);
    expect(roomIdOf(id)).toBe(id);
  });

  it.each(['r_0123', 'r_0123456789ABCD', 'x_0123456789abcd', 'r_0123456789abcde'])(
    'is a name when it only looks like an id: %s, because ids are exact',
    (name) => {
      expect(roomIdOf(name)).toBe(channelId(normalizeRoomName(name)));
    },
  );
});

describe('the name of a guest', () => {
  it.each([
    [undefined, 'guest'],
    ['', 'guest'],
    [' \u200b\u0000 ', 'guest'],
    ['  George   W ', 'George W'],
    ['\u202eegroeG', 'egroeG'],
    ['Zoe\u0308', 'Zoë'],
    ['👋'.repeat(50), '👋'.repeat(40)],
    ['u_7w7km7r8qmb8x3', 'guest'],
    [' g_7w7km7r8qmb8x3', 'guest'],
  ])('%j is shown as %j, because names stand in front of other people', (asked, shown) => {
    expect(presentableName(asked)).toBe(shown);
  });

  it('never has control or direction characters and 1 to 40 characters, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (asked) => {
        const shown = presentableName(asked);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
        expect(Array.from(shown).length).toBeGreaterThanOrEqual(1);
        expect(Array.from(shown).length).toBeLessThanOrEqual(40);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

function refusalOf(run: () => unknown): ClientError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}
