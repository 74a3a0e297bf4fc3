import type { Group, IdentityKind } from '../../handlers/chat/identity';
import type { Role } from '../../handlers/chat/members';
import {
  creationRefusalOf,
  holdersOf,
  mayOpenByJoining,
  refusalOf,
  rights,
  STANDINGS,
  standingsOf,
  type Right,
  type Standing,
} from '../../handlers/chat/rights';
import type { RoomKind } from '../../handlers/chat/rooms';

const ROOM_KINDS: RoomKind[] = ['channel', 'direct', 'meeting'];
const ALL = Object.keys(rights) as Right[];
const CELLS = ALL.flatMap((right) =>
  ROOM_KINDS.flatMap((kind) =>
    (Object.keys(STANDINGS) as Standing[]).map((standing) => ({ right, kind, standing })),
  ),
);
const IN: Standing[] = ['guest', 'host', 'member', 'moderator', 'owner'];

describe('the table of rights', () => {
  it.each(CELLS)('decides $right in a $kind by $standing, and says why not', ({ right, kind, standing }) => {
    const refusal = refusalOf(right, kind, [standing], '/roomId');
    if (holdersOf(right, kind).includes(standing)) {
      expect(refusal).toBeUndefined();
      return;
    }
    const isIn = IN.includes(standing);
    expect(refusal).toMatchObject({ error: isIn ? 'permission_denied' : 'unknown_room' });
    // Whoever is outside hears the same of every room, so no sentence can give one away.
    if (isIn) expect(refusal?.message).toMatch(/^(Only|Guests|Nobody) .*\.$/);
    else expect(refusal).toMatchObject({ message: 'You are in no such room.', pointer: '/roomId' });
  });

  it.each(ALL)('gives %s to nobody who is refused a weaker standing by it', (right) => {
    for (const kind of ROOM_KINDS) {
      const holds = (standing: Standing) => holdersOf(right, kind).includes(standing);
      const inOrder = (['member', 'moderator', 'owner'] as const).map(holds);
      expect(inOrder).toEqual(inOrder.toSorted());
      // A guest may nothing that somebody signed in may not in the same place.
      if (holds('guest')) expect(holds('member')).toBe(true);
      if (holds('visitor')) expect(holds('stranger')).toBe(true);
      if (holds('host')) expect(holds('owner')).toBe(true);
    }
  });

  it.each(ALL)('keeps direct rooms to their two people: %s', (right) => {
    const outside = holdersOf(right, 'direct').filter((one) => !IN.includes(one));
    expect(outside).toEqual(right === 'sendPrivate' ? ['visitor', 'stranger'] : []);
  });

  const MODERATION = [
    'remove',
    'ban',
    'unban',
    'setRole',
    'closeRoom',
    'createRoom',
    'editMessageOfOthers',
    'deleteMessageOfOthers',
  ] as const;
  it.each(MODERATION)('never lets a guest %s', (right) => {
    for (const kind of ROOM_KINDS)
      for (const standing of ['visitor', 'guest', 'host'] as const)
        expect(holdersOf(right, kind)).not.toContain(standing);
  });
});

describe('what somebody is to a room', () => {
  const IDENTITIES: [IdentityKind, Group[], RoomKind, Role | undefined, Standing[]][] = [
    ['guest', [], 'channel', undefined, ['visitor']],
    ['guest', [], 'channel', 'member', ['guest']],
    ['guest', [], 'channel', 'moderator', ['guest']],
    ['guest', [], 'channel', 'owner', ['guest']],
    ['guest', [], 'meeting', 'moderator', ['guest']],
    ['guest', [], 'meeting', 'owner', ['host']],
    ['guest', ['moderators'], 'meeting', undefined, ['visitor']],
    ['user', [], 'meeting', undefined, ['stranger']],
    ['server', [], 'channel', undefined, ['stranger']],
    ['user', [], 'meeting', 'owner', ['owner']],
    ['user', ['agents'], 'channel', undefined, ['stranger', 'agent']],
    ['user', ['agents', 'moderators'], 'channel', 'member', ['member', 'agent', 'supervisor']],
  ];
  it.each(IDENTITIES)(
    'of a %s with groups %j in a %s as %s is %j',
    (kind, groups, roomKind, role, standings) => {
      expect(standingsOf({ kind, groups }, roomKind, role)).toEqual(standings);
    },
  );

  it('lets a member of the group moderators do what either standing may', () => {
    const both = ['owner', 'supervisor'] as const;
    expect(refusalOf('setRole', 'channel', both)).toBeUndefined();
    expect(refusalOf('setRole', 'channel', ['stranger', 'supervisor'])).toMatchObject({
      error: 'unknown_room',
    });
  });

  it.each([
    ['createRoom', 'guest', 'permission_denied'],
    ['createRoom', 'user', undefined],
    ['createRoom', 'server', undefined],
    ['createMeeting', 'guest', undefined],
    ['createMeeting', 'user', undefined],
  ] as const)('%s by a %s is answered with %s', (right, kind, error) => {
    expect(creationRefusalOf(right, { kind, groups: [] })?.error).toBe(error);
  });

  it.each([
    ['users', 'guest', false],
    ['users', 'user', true],
    ['users', 'server', true],
    ['everyone', 'guest', true],
    ['nobody', 'user', false],
  ] as const)('where %s open channels by joining, a %s may: %s', (setting, kind, may) => {
    expect(mayOpenByJoining(setting, { kind })).toBe(may);
  });
});
