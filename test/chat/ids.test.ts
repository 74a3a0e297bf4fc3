import {
  channelId,
  messageIdOf,
  newId,
  parseMessageId,
  personalPartition,
  placeOf,
  slotOf,
} from '../../handlers/chat/ids';
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
  it('is 32 digits, of which the first half is the person', () => {
    const [one, two] = ['c1', 'c2'].map((connection) => slotOf('room', 'anna', connection));
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(one?.slice(0, 16)).toBe(placeOf('room', 'anna'));
    expect(two?.slice(0, 16)).toBe(one?.slice(0, 16));
    expect(two).not.toBe(one);
  });

  it('stands elsewhere in another room, because nobody should always come last', () => {
    expect(placeOf('room', 'anna')).not.toBe(placeOf('another', 'anna'));
    expect(placeOf('a', 'bc')).not.toBe(placeOf('ab', 'c'));
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
