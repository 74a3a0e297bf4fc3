import type { Connection } from '../../handlers/chat/connections';
import { newId } from '../../handlers/chat/ids';
import { INVITED_FOR } from '../../handlers/chat/members';
import { commandWorld, onceSeen, type Reply } from './commands';
import { everyCrash } from './every-crash';

describe('a meeting', () => {
  const meeting = async (more: object = {}) => {
    const it = commandWorld();
    const [host, guest] = [await it.connected(), await it.connected()];
    const data = { group_name: 'Stand Up', ...more };
    const created = await it.toRooms(host, { action: 'createMeeting', data });
    const join = (person: Connection, code = created.group_id) =>
      it.toRooms(person, { action: 'joinMeeting', data: { group_id: code } });
    const moderate = (action: string, by = host) =>
      it.toModerate(by, { action, roomId: created.roomId, userId: guest.userId });
    return { ...it, host, guest, created, join, moderate, roomId: created.roomId };
  };

  it('S3, createMeeting; S3, group_name, user_name, email; S3, chat or video: is created by its name alone or with wishes, and gives what the creator said of themselves to nobody else', async () => {
    const it = await meeting({ media: 'video', approval: false, user_name: 'Ann', email: 'ann@example.org' });
    expect(it.created).toEqual({
      ...{ id: 'c1', ok: true, source: 'create', group_name: 'Stand Up', media: 'video', approval: false },
      ...{ user_name: 'Ann', email: 'ann@example.org', seq: 0 },
      roomId: expect.stringMatching(/^m_/),
      epoch: expect.stringMatching(/^e_/),
      group_id: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{16}$/),
    });
    const joined = await it.join(it.guest);
    expect(JSON.stringify(joined)).not.toMatch(/Ann|ann@/);
    expect(joined).toMatchObject({
      source: 'join',
      waiting: false,
      group_name: 'Stand Up',
      media: 'video',
      seq: 0,
    });
    const there = joined.connected_users.map(({ userId }) => userId).toSorted();
    expect(there).toEqual([it.host.userId, it.guest.userId].toSorted());
    const plain = await it.toRooms(it.host, { action: 'createMeeting', data: 'Plain' });
    expect(plain).toMatchObject({ group_name: 'Plain', media: 'chat', approval: false });
  });

  it('S3, a code derived from a connection: has a code of at least 60 bits that no other meeting has', async () => {
    const it = commandWorld();
    const host = await it.connected();
    const codes = new Set<string>();
    for (let i = 0; i < 200; i += 1)
      codes.add((await it.toRooms(host, { action: 'createMeeting', data: 'x' })).group_id);
    expect(codes.size).toBe(200);
    // 16 characters out of 32: 80 bits. Each position takes many values, so none of them is fixed.
    for (let position = 0; position < 16; position += 1)
      expect(new Set([...codes].map((code) => code[position])).size).toBeGreaterThan(20);
  });

  it('S3, a code derived from a connection: is not entered with a wrong code, an old one, or its id', async () => {
    const it = await meeting();
    const { group_id: renewed } = await it.moderate('revokeCode');
    const old = await it.join(it.guest);
    expect(old).toMatchObject({ error: { name: 'unknown_room', field: '/data/group_id' } });
    for (const code of ['0000000000000000', it.roomId]) expect(await it.join(it.guest, code)).toEqual(old);
    expect(await it.toRooms(it.guest, { action: 'joinRoom', roomId: it.roomId })).toMatchObject({
      error: { name: 'unknown_room' },
    });
    expect(await it.join(it.guest, ` ${renewed.toUpperCase()}`)).toMatchObject({ ok: true, waiting: false });
    expect(await it.toRooms(it.guest, { action: 'joinRoom', roomId: it.roomId })).toMatchObject({ ok: true });
  });

  it('with approval tells nothing but its name to who waits, and the hosts that somebody does', async () => {
    const it = await meeting({ approval: true });
    const waiting = await it.join(it.guest);
    expect(waiting).toEqual({
      ...{ id: 'c1', ok: true, source: 'join', waiting: true, roomId: it.roomId },
      ...{ group_name: 'Stand Up', media: 'chat', connected_users: [] },
    });
    expect(it.audienceOf(it.roomId)).toEqual([it.host.connectionId]);
    expect(it.notices()).toContain(`waiting to ${it.host.userId}`);
    for (const action of ['members', 'leaveRoom', 'joinRoom'])
      expect(await it.toRooms(it.guest, { action, roomId: it.roomId })).toMatchObject({
        error: { name: 'unknown_room' },
      });
  });

  it('tells hosts alone, whenever they look, its code and who still asks to be let in', async () => {
    const it = await meeting({ approval: true, media: 'video' });
    const members = { action: 'members', roomId: it.roomId, details: true };
    expect(await it.toRooms(it.host, members)).toMatchObject({ waiting: [] });
    await it.join(it.guest);
    const { userId, name } = it.guest;
    expect(await it.toRooms(it.host, members)).toMatchObject({ waiting: [{ userId, name }] });
    expect(await it.toRooms(it.host, { ...members, details: false })).not.toHaveProperty('waiting');
    const elaine = await it.connected();
    await it.join(elaine);
    await it.moderate('admit');
    await it.connections.remove(elaine.connectionId);
    expect(await it.toRooms(it.host, members)).toMatchObject({ waiting: [] });
    expect(await it.toRooms(it.guest, members)).not.toHaveProperty('waiting');
    const listed = async (person: Connection) => (await it.toRooms(person, { action: 'rooms' })).rooms[0];
    expect(await listed(it.host)).toMatchObject({ media: 'video', group_id: it.created.group_id });
    expect(await listed(it.guest)).toMatchObject({ media: 'video' });
    expect(await listed(it.guest)).not.toHaveProperty('group_id');
  });

  it('tells the hosts who asks to be let in however many people were in it before', async () => {
    const it = await meeting({ approval: true });
    for (let index = 0; index < 250; index += 1) {
      const userId = `g_${String(index).padStart(14, '0')}`;
      await it.members.enter({ roomId: it.roomId, userId, role: 'member', since: it.now() });
    }
    await it.join(it.guest);
    const { userId, name } = it.guest;
    const members = { action: 'members', roomId: it.roomId, details: true };
    expect(await it.toRooms(it.host, members)).toMatchObject({ waiting: [{ userId, name }] });
  });

  it('tells a guest who was made moderator neither its code nor who asks to be let in, because they may do nothing with it', async () => {
    const it = await meeting({ approval: true });
    const guest = await it.connected({ userId: newId('g'), kind: 'guest' });
    const { userId } = guest;
    await it.members.enter({ roomId: it.roomId, userId, role: 'member', since: it.now() });
    await it.toModerate(it.host, { action: 'setRole', roomId: it.roomId, userId, role: 'moderator' });
    expect(await it.members.find(it.roomId, userId)).toMatchObject({ role: 'moderator' });
    await it.join(it.guest);
    expect(it.notices()).toContain(`waiting to ${it.host.userId}`);
    expect(it.notices()).not.toContain(`waiting to ${userId}`);
    const { rooms } = await it.toRooms(guest, { action: 'rooms' });
    expect(rooms).toMatchObject([{ roomId: it.roomId, role: 'moderator' }]);
    expect(rooms[0]).not.toHaveProperty('group_id');
  });

  it('tells a guest its code who created it, and who asks to be let in', async () => {
    const it = commandWorld();
    const [host, other] = [
      await it.connected({ userId: newId('g'), kind: 'guest' }),
      await it.connected({ userId: newId('g'), kind: 'guest' }),
    ];
    const data = { group_name: 'Stand Up', approval: true };
    const { group_id } = await it.toRooms(host, { action: 'createMeeting', data });
    await it.toRooms(other, { action: 'joinMeeting', data: { group_id } });
    expect(it.notices()).toContain(`waiting to ${host.userId}`);
    expect((await it.toRooms(host, { action: 'rooms' })).rooms).toMatchObject([{ group_id }]);
  });

  it('S3, approval: with approval lets in whom the host admits, with the connection that waited last', async () => {
    const it = await meeting({ approval: true });
    await it.join(it.guest);
    const laptop = await it.connected({ userId: it.guest.userId });
    await it.join(laptop);
    expect(await it.moderate('admit', it.guest)).toMatchObject({ error: { name: 'unknown_room' } });
    expect(await it.moderate('admit')).toMatchObject({ ok: true, userId: it.guest.userId });
    expect(it.audienceOf(it.roomId)).toEqual([it.host.connectionId, laptop.connectionId].toSorted());
    expect(it.notices()).toContain(`admitted to ${it.guest.userId}`);
    expect(await it.join(it.guest)).toMatchObject({ waiting: false });
  });

  it('admits somebody who hung up, who then enters when they come back', async () => {
    const it = await meeting({ approval: true });
    await it.join(it.guest);
    await it.connections.remove(it.guest.connectionId);
    expect(await it.moderate('admit')).toMatchObject({ ok: true });
    expect(it.audienceOf(it.roomId)).toEqual([it.host.connectionId]);
    const again = await it.connected({ userId: it.guest.userId });
    expect(await it.join(again)).toMatchObject({ waiting: false });
  });

  it('S3, approval: with approval turns away whom the host refuses, who may ask again', async () => {
    const it = await meeting({ approval: true });
    const nobody = { error: { name: 'bad_request', field: '/userId' } };
    expect(await it.moderate('refuse')).toMatchObject(nobody);
    await it.join(it.guest);
    expect(await it.moderate('refuse')).toMatchObject({ ok: true });
    expect(it.notices()).toContain(`refused to ${it.guest.userId}`);
    // Nor does the other host let in by mistake whom this one has just turned away.
    expect(await it.moderate('admit')).toMatchObject(nobody);
    expect(await it.join(it.guest)).toMatchObject({ waiting: true });
    await it.moderate('ban');
    expect(await it.join(it.guest)).toMatchObject({ error: { name: 'permission_denied' } });
  });

  it.each([false, true])(
    'is entered by its id, without a code, by whom a host invited, who hears of it; approval: %s',
    async (approval) => {
      const it = await meeting({ approval });
      const { userId } = it.guest;
      expect(await it.moderate('admit')).toEqual({ id: 'c1', ok: true, roomId: it.roomId, userId });
      expect(it.notices().at(-1)).toBe(`invited to ${userId}`);
      expect(it.bus.events.at(-1)?.detail).toMatchObject({ aboutUserId: it.host.userId });
      const expiresAt = it.now() + INVITED_FOR;
      expect(await it.members.find(it.roomId, userId)).toMatchObject({ standing: 'invited', expiresAt });
      expect(it.audienceOf(it.roomId)).toEqual([it.host.connectionId]);
      for (const action of ['members', 'leaveRoom', 'typing'])
        expect(await it.toRooms(it.guest, { action, roomId: it.roomId })).toMatchObject({ ok: false });

      const enter = { action: 'joinRoom', room: it.roomId };
      expect(await it.toRooms(it.guest, enter)).toMatchObject({ ok: true, role: 'member', count: 2 });
      expect(await it.members.find(it.roomId, userId)).toMatchObject({ standing: 'in' });
      expect(it.audienceOf(it.roomId)).toContain(it.guest.connectionId);
    },
  );

  it('with approval lets in by its code whom a host invited, without asking again', async () => {
    const it = await meeting({ approval: true });
    await it.moderate('admit');
    expect(await it.join(it.guest)).toMatchObject({ ok: true, waiting: false });
  });

  it('is closed again to whom a host invited, after 30 days, a removal, or its end', async () => {
    const invitedTo = async () => {
      const it = await meeting({ approval: true });
      await it.moderate('admit');
      const enter = (by = it.guest) => it.toRooms(by, { action: 'joinRoom', room: it.roomId });
      return { ...it, enter };
    };
    const late = await invitedTo();
    late.clock.advance(INVITED_FOR);
    const back = await late.connected({ userId: late.guest.userId });
    expect(await late.enter(back)).toMatchObject({ error: { name: 'unknown_room' } });
    const removed = await invitedTo();
    expect(await removed.moderate('remove')).toMatchObject({ ok: true });
    expect(await removed.enter()).toMatchObject({ error: { name: 'unknown_room' } });
    const over = await invitedTo();
    await over.moderate('closeRoom');
    expect(await over.enter()).toMatchObject({ error: { name: 'not_available' } });
    const somebodyElse = { action: 'admit', roomId: over.roomId, userId: 'u_somebody' };
    expect(await over.toModerate(over.host, somebodyElse)).toMatchObject({
      error: { name: 'not_available' },
    });
  });

  it('invites whoever an id may be of, so that nobody learns who there is', async () => {
    const it = await meeting();
    const ask = (userId: string) => it.toModerate(it.host, { action: 'admit', roomId: it.roomId, userId });
    const [known, unknown] = [await ask(it.guest.userId), await ask('u_00000000000000')];
    expect({ ...unknown, userId: it.guest.userId }).toEqual(known);
    expect(known.ok).toBe(true);
  });

  it('invites nobody over a ban, in the words of somebody who waits no more', async () => {
    const it = await meeting({ approval: true });
    await it.join(it.guest);
    await it.moderate('refuse');
    const refused = await it.moderate('admit');
    await it.moderate('ban');
    const banned = await it.moderate('admit');
    expect(withoutTrace(banned)).toEqual(withoutTrace(refused));
    expect(banned).toMatchObject({ error: { name: 'bad_request', field: '/userId' } });
    expect(it.notices()).not.toContain(`invited to ${it.guest.userId}`);
  });

  it('counts among the rooms of whom a host invited once they come', async () => {
    const it = commandWorld({ roomsPerUser: 1 });
    const [host, guest] = [await it.connected(), await it.connected()];
    const { roomId } = await it.toRooms(host, { action: 'createMeeting', data: 'One' });
    const { roomId: own } = await it.toRooms(guest, { action: 'createMeeting', data: 'Own' });
    await it.toModerate(host, { action: 'admit', roomId, userId: guest.userId });
    const enter = () => it.toRooms(guest, { action: 'joinRoom', room: roomId });
    expect(await enter()).toMatchObject({ error: { name: 'limit_exceeded' } });
    await it.toRooms(guest, { action: 'leaveRoom', roomId: own });
    expect(await enter()).toMatchObject({ ok: true });
  });

  it('lets in at once who asks in the moment in which a host invites them', async () => {
    const it = await meeting({ approval: true });
    const invite = it.members.invite.bind(it.members);
    it.members.invite = async (member) => {
      await it.join(it.guest);
      return invite(member);
    };
    expect(await it.moderate('admit')).toMatchObject({ ok: true });
    expect(it.audienceOf(it.roomId)).toContain(it.guest.connectionId);
  });

  it('invites to the end when it is asked again, wherever it broke off', async () => {
    await everyCrash(async () => {
      const it = await meeting({ approval: true });
      return {
        world: it,
        run: () => it.moderate('admit'),
        check: async () => {
          expect(await it.moderate('admit')).toMatchObject({ ok: true });
          expect(it.notices()).toContain(`invited to ${it.guest.userId}`);
          expect(await it.toRooms(it.guest, { action: 'joinRoom', room: it.roomId })).toMatchObject({
            ok: true,
          });
        },
      };
    });
  });

  it('lets one of two hosts decide, because nobody is to be in a meeting that refused them', async () => {
    const it = await meeting({ approval: true });
    await it.join(it.guest);
    const [refused, admitted] = await Promise.all([it.moderate('refuse'), it.moderate('admit')]);
    expect([refused.ok, admitted.ok].filter(Boolean)).toHaveLength(1);
    const standing = (await it.members.find(it.roomId, it.guest.userId))?.standing;
    expect(standing).toBe(admitted.ok ? 'in' : undefined);
    expect(it.audienceOf(it.roomId).includes(it.guest.connectionId)).toBe(admitted.ok);
  });

  it('does not refuse somebody who is in already', async () => {
    const it = await meeting({ approval: true });
    await it.join(it.guest);
    await it.moderate('admit');
    expect(await it.moderate('refuse')).toMatchObject({ error: { name: 'bad_request', field: '/userId' } });
    expect(it.audienceOf(it.roomId)).toContain(it.guest.connectionId);
  });

  it.each(['joinRoom', 'joinMeeting'])(
    'with approval does not let back in by a %s under way whom the host takes out meanwhile',
    async (action) => {
      const it = await meeting({ approval: true });
      await it.join(it.guest);
      await it.moderate('admit');
      onceSeen(it, it.guest, () => it.moderate('remove'));
      const frame = { action, roomId: it.roomId, data: { group_id: it.created.group_id } };
      expect(await it.toRooms(it.guest, frame)).toMatchObject({ error: { name: 'permission_denied' } });
      expect(await it.members.find(it.roomId, it.guest.userId)).toBeUndefined();
      expect(it.audienceOf(it.roomId)).toEqual([it.host.connectionId]);
    },
  );

  it('with approval does not let in whom another host takes out between the admission and the entering', async () => {
    const it = await meeting({ approval: true });
    await it.join(it.guest);
    const admit = it.members.admit.bind(it.members);
    it.members.admit = async (...who) => {
      const admitted = await admit(...who);
      await it.moderate('remove');
      return admitted;
    };
    expect(await it.moderate('admit')).toMatchObject({ ok: false });
    expect(await it.members.find(it.roomId, it.guest.userId)).toBeUndefined();
    expect(it.audienceOf(it.roomId)).toEqual([it.host.connectionId]);
  });

  it.each(['admit', 'refuse'])(
    '%s comes to an end when it is sent again, wherever it broke off',
    async (action) => {
      await everyCrash(async () => {
        const it = await meeting({ approval: true });
        await it.join(it.guest);
        return {
          world: it,
          run: () => it.moderate(action),
          check: async () => {
            expect(await it.moderate(action)).toMatchObject({ ok: true });
            const isIn = it.audienceOf(it.roomId).includes(it.guest.connectionId);
            expect(isIn).toBe(action === 'admit');
            expect((await it.members.find(it.roomId, it.guest.userId))?.standing).toBe(
              isIn ? 'in' : undefined,
            );
          },
        };
      });
    },
  );

  it.each([false, true])(
    'joins the same when it is asked again, wherever it broke off; approval: %s',
    async (approval) => {
      await everyCrash(async () => {
        const it = await meeting({ approval });
        return {
          world: it,
          run: () => it.join(it.guest),
          check: async () => {
            const member = await it.members.find(it.roomId, it.guest.userId);
            expect(member).toMatchObject({ standing: approval ? 'waiting' : 'in' });
            expect(it.audienceOf(it.roomId)).toHaveLength(approval ? 1 : 2);
          },
        };
      });
    },
  );
});

function withoutTrace({ error }: Reply): object {
  return { ...error, traceId: '' };
}
