import {
  channelId,
  guestId,
  isUserId,
  messageIdOf,
  newId,
  parseMessageId,
  personalPartition,
  placesOf,
  serverId,
  signedInId,
  slotOf,
} from '../../handlers/chat/ids';
import { guestOf } from '../../handlers/chat/membership/guests';
import { openShardOf, OPEN_SHARDS } from '../../handlers/chat/messages';

describe('ids', () => {
  it('have 16 characters that survive being read aloud, and are never the same', () => {
    const ids = Array.from({ length: 1000 }, () => newId('u'));
    for (const id of ids) expect(id).toMatch(/^u_[0-9a-hjkmnp-tv-z]{14}$/);
    expect(new Set(ids).size).toBe(1000);
  });

  it('of a channel follow from its name, because nothing is looked up to find it', () => {
    expect(channelId('lobby')).toBe(channelId('lobby'));
    expect(channelId('lobby')).toMatch(/^r_[0-9a-hjkmnp-tv-z]{14}$/);
    expect(channelId('lobby')).not.toBe(channelId('lobbz'));
  });
});

describe('an id of a person', () => {
  it('says that it is a guest’s, so that nobody without a credential is taken for somebody with one', () => {
    const guests = [guestId('12345678'), guestOf(undefined).userId, guestOf('guest.12345678').userId];
    for (const id of guests) expect(id).toMatch(/^g_[0-9a-hjkmnp-tv-z]{14}$/);
    for (const id of [signedInId('issuer', 'sub'), serverId('arn')])
      expect(id).toMatch(/^u_[0-9a-hjkmnp-tv-z]{14}$/);
  });

  it.each([
    [guestId('12345678'), true],
    [signedInId('issuer', 'sub'), true],
    [channelId('lobby'), false],
    ['g_George', false],
    [`${guestId('12345678')}0`, false],
  ])('is known by its form: %s is one: %s', (text, isOne) => {
    expect(isUserId(text)).toBe(isOne);
  });
});

describe('a message id', () => {
  it('leads back to its row, because the ledger and operators have nothing else', () => {
    const roomId = channelId('lobby');
    expect(parseMessageId(messageIdOf(roomId, 41))).toEqual({ roomId, seq: 41 });
  });

  it.each([
    '',
    'r_1',
    '.1',
    'r_1.',
    'r_1.0',
    'r_1.01',
    'r_1.-1',
    'r_1.1.1',
    'r_1.1e3',
    `r_1.${'9'.repeat(16)}`,
  ])('is not %j, because a wrong key must not be asked for', (text) => {
    expect(parseMessageId(text)).toBeUndefined();
  });
});

describe('a slot', () => {
  const connections = Array.from({ length: 1000 }, (_, index) => `connection ${index}`);

  it('is 32 digits, of which the first half is one of the person’s places, whatever the connection', () => {
    const places = placesOf('room', 'anna');
    for (const connection of connections) {
      const slot = slotOf('room', 'anna', connection);
      expect(slot).toMatch(/^[0-9a-f]{32}$/);
      expect(places).toContain(slot.slice(0, 16));
    }
  });

  it('stands at each of 64 places of a person, because devices at one place would spoil the estimate', () => {
    const used = connections.map((connection) => slotOf('room', 'anna', connection).slice(0, 16));
    expect(new Set(used)).toEqual(new Set(placesOf('room', 'anna')));
    expect(new Set(used).size).toBe(64);
    expect(new Set(connections.map((connection) => slotOf('room', 'anna', connection))).size).toBe(1000);
  });

  it('stands elsewhere in another room, because nobody should always come last', () => {
    const others = [...placesOf('another', 'anna'), ...placesOf('room', 'george')];
    expect(placesOf('room', 'anna').filter((place) => others.includes(place))).toEqual([]);
    expect(placesOf('a', 'bc')).not.toEqual(placesOf('ab', 'c'));
    expect(personalPartition('anna')).toBe('@anna');
  });
});

describe('shards of open entries', () => {
  it('are all used evenly, because no index key may become hot', () => {
    const shards = Array.from({ length: 160 }, (_, seq) => openShardOf(seq + 1));
    for (let shard = 0; shard < OPEN_SHARDS; shard += 1) {
      expect(shards.filter((one) => one === shard)).toHaveLength(10);
    }
  });
});
