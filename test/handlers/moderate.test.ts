import type { Connection } from '../../handlers/chat/connections';
import { channelId, newId } from '../../handlers/chat/ids';
import type { Role } from '../../handlers/chat/members';
import { SECRET_ROOM } from '../support/memory/examples';
import { commandWorld, type CommandWorld } from './commands';
import { everyCrash } from './every-crash';

const ROOM = channelId(SECRET_ROOM);

/** A room with somebody of each role, and somebody who is not in it. */
async function peopledRoom() {
  const it = commandWorld();
  const [owner, moderator, member, other, stranger] = [
    await it.connected(),
    await it.connected(),
    await it.connected(),
    await it.connected(),
    await it.connected(),
  ];
  await it.toRooms(owner, { action: 'createRoom', name: SECRET_ROOM });
  for (const person of [moderator, member, other])
    await it.toRooms(person, { action: 'joinRoom', room: SECRET_ROOM });
  await it.members.setRole(ROOM, moderator.userId, 'moderator');
  return { ...it, owner, moderator, member, other, stranger };
}
type People = 'owner' | 'moderator' | 'member' | 'stranger';

const act = (
  it: CommandWorld,
  actor: Connection,
  action: string,
  target: { userId: string },
  more: object = {},
) => it.toModerate(actor, { action, roomId: ROOM, userId: target.userId, ...more });

const ON_PEOPLE = ['remove', 'ban', 'unban', 'admit', 'refuse'];
const ALL = [...ON_PEOPLE, 'setRole', 'closeRoom', 'revokeCode'];

describe('who may do what in a room', () => {
  it.each(ALL)(
    '%s tells a stranger of the room what it tells of none, because they may not know it',
    async (action) => {
      const it = await peopledRoom();
      const frame = { action, userId: it.member.userId, role: 'owner' };
      const ofTheRoom = await it.toModerate(it.stranger, { ...frame, roomId: ROOM });
      expect(await it.toModerate(it.stranger, { ...frame, roomId: newId('r') })).toEqual(ofTheRoom);
      expect(ofTheRoom).toMatchObject({ error: { name: 'unknown_room', field: '/roomId' } });
    },
  );

  it.each(ALL)('%s is refused to a plain member', async (action) => {
    const it = await peopledRoom();
    const before = [...it.members.rows.values()];
    const reply = await act(it, it.member, action, it.other, { role: 'moderator' });
    expect(reply).toMatchObject({ error: { name: 'permission_denied' } });
    expect([...it.members.rows.values()]).toEqual(before);
  });

  it.each(['setRole', 'closeRoom'])('%s is refused to a moderator', async (action) => {
    const it = await peopledRoom();
    const reply = await act(it, it.moderator, action, it.member, { role: 'owner' });
    expect(reply).toMatchObject({ error: { name: 'permission_denied' } });
    expect((await it.rooms.find(ROOM))?.closedAt).toBeUndefined();
  });

  const PAIRS: [People, People, boolean][] = [
    ['owner', 'moderator', true],
    ['owner', 'member', true],
    ['owner', 'owner', false],
    ['moderator', 'member', true],
    ['moderator', 'moderator', false],
    ['moderator', 'owner', false],
    ['member', 'member', false],
  ];
  it.each(PAIRS)('whether the %s may take out the %s: %s', async (actor, target, allowed) => {
    for (const action of ['remove', 'ban']) {
      const it = await peopledRoom();
      const reply = await act(it, it[actor], action, it[target]);
      expect(reply).toMatchObject(allowed ? { ok: true } : { error: { name: 'permission_denied' } });
      expect(it.audienceOf(ROOM).includes(it[target].connectionId)).toBe(!allowed);
    }
  });
});

describe('taking somebody out', () => {
  it('ends what they hear on all devices and tells them; they may come back', async () => {
    const it = await peopledRoom();
    const laptop = await it.connected({ userId: it.member.userId });
    await it.toRooms(laptop, { action: 'joinRoom', room: SECRET_ROOM });
    expect(await act(it, it.moderator, 'remove', it.member)).toMatchObject({ ok: true });
    expect(it.audienceOf(ROOM)).toHaveLength(3);
    expect(await it.connections.find(laptop.connectionId)).toMatchObject({ rooms: [] });
    expect(it.notices().slice(-3)).toEqual(['MemberLeft', 'MemberLeft', `removed to ${it.member.userId}`]);
    expect(await act(it, it.moderator, 'remove', it.member)).toMatchObject({
      error: { name: 'bad_request', field: '/userId' },
    });
    expect(await it.toRooms(laptop, { action: 'joinRoom', room: SECRET_ROOM })).toMatchObject({ ok: true });
  });

  it('keeps them out with a ban until it is lifted, also somebody who was never there', async () => {
    const it = await peopledRoom();
    const join = (person: Connection) => it.toRooms(person, { action: 'joinRoom', room: SECRET_ROOM });
    for (const person of [it.member, it.stranger]) {
      expect(await act(it, it.moderator, 'ban', person)).toMatchObject({ ok: true });
      expect(await join(person)).toMatchObject({ error: { name: 'permission_denied' } });
      expect(it.audienceOf(ROOM)).not.toContain(person.connectionId);
    }
    expect(it.notices()).toContain(`banned to ${it.member.userId}`);
    expect(it.notices()).not.toContain(`banned to ${it.stranger.userId}`);
    expect(await act(it, it.owner, 'unban', it.member)).toMatchObject({ ok: true });
    expect(await act(it, it.owner, 'unban', it.member)).toMatchObject({ error: { name: 'bad_request' } });
    expect(await join(it.member)).toMatchObject({ ok: true, role: 'member' });
  });

  it.each(['remove', 'ban'])(
    '%s comes to an end when it is sent again, wherever it broke off',
    async (action) => {
      await everyCrash(async () => {
        const it = await peopledRoom();
        return {
          world: it,
          run: () => act(it, it.owner, action, it.moderator),
          check: async () => {
            expect(it.audienceOf(ROOM)).not.toContain(it.moderator.connectionId);
            expect(await it.connections.find(it.moderator.connectionId)).toMatchObject({ rooms: [] });
            expect((await it.members.find(ROOM, it.moderator.userId))?.standing).not.toBe('in');
            expect(it.notices()).toContain('MemberLeft');
          },
        };
      });
    },
  );
});

describe('roles', () => {
  it.each<[Role, string, string]>([
    ['moderator', 'remove', 'ok'],
    ['owner', 'closeRoom', 'ok'],
    ['member', 'remove', 'permission_denied'],
  ])('a %s by the owner’s will gets for %s: %s', async (role, action, outcome) => {
    const it = await peopledRoom();
    expect(await act(it, it.owner, 'setRole', it.member, { role })).toMatchObject({ ok: true });
    const reply = await act(it, it.member, action, it.other);
    expect(reply).toMatchObject(outcome === 'ok' ? { ok: true } : { error: { name: outcome } });
  });

  it('are given to members only, and to oneself never, so that there is always an owner', async () => {
    const it = await peopledRoom();
    const give = (person: Connection) => act(it, it.owner, 'setRole', person, { role: 'member' });
    expect(await give(it.stranger)).toMatchObject({ error: { name: 'bad_request', field: '/userId' } });
    expect(await give(it.owner)).toMatchObject({ error: { name: 'permission_denied' } });
  });
});

describe('closing a room', () => {
  it('closes it once and tells everybody who is in', async () => {
    const it = await peopledRoom();
    await it.members.ban({ roomId: ROOM, userId: it.stranger.userId, since: 0 });
    const closedAt = it.now();
    expect(await act(it, it.owner, 'closeRoom', it.owner)).toMatchObject({ ok: true, roomId: ROOM });
    it.clock.advance(1000);
    await act(it, it.owner, 'closeRoom', it.owner);
    expect(await it.rooms.find(ROOM)).toMatchObject({ closedAt });
    const told = new Set(it.notices().filter((notice) => notice.startsWith('room_closed')));
    expect(told.size).toBe(4);
  });
});
