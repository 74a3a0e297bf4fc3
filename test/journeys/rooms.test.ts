import { connect, UpgradeRefused } from '../support/chat-client';
import { idOf, pushesOf, type Person } from '../support/people';
import { peopleOfARuntime } from '../support/people-of-a-runtime';

const { person, signedIn, runtime } = peopleOfARuntime();

describe('rooms, with real sockets', () => {
  test('are created, joined, talked in and left, and show who is there', async () => {
    const [ann, bob] = [await signedIn('Ann'), await person('Bob')];
    const created = await ann.ask('createRoom', { name: 'Book Club' });
    expect(created).toMatchObject({ ok: true, room: 'book club', role: 'owner', seq: 0, count: 1 });
    const { roomId, epoch } = created;
    const joined = await bob.ask('joinRoom', { room: 'BOOK  club' });
    expect(joined).toMatchObject({ ok: true, roomId, epoch, role: 'member', seq: 0, count: 2 });

    await bob.ask('sendMessage', { message: 'hi' });
    await ann.client.next({ type: 'message', roomId, seq: 1, message: 'hi' });
    expect(await bob.ask('joinRoom', { roomId })).toMatchObject({ seq: 1 });

    const { members } = await ann.ask('members', { room: 'book club' });
    expect((members as { name: string }[]).map(({ name }) => name).toSorted()).toEqual(['Ann', 'Bob']);
    const { rooms } = await ann.ask('rooms');
    expect(rooms).toContainEqual(expect.objectContaining({ roomId, role: 'owner', unread: 1 }));

    expect(await bob.ask('leaveRoom', { roomId })).toMatchObject({ ok: true, roomId });
    expect(await bob.ask('sendMessage', { roomId, message: 'still here?' })).toMatchObject({
      error: { name: 'unknown_room' },
    });
    expect(await ann.ask('members', { roomId })).toMatchObject({ count: 1 });
  }, 30_000);

  test('a guest with a secret comes back as the same person, and the room is still theirs', async () => {
    const secret = 'ann-comes-back-4711';
    const before = await person('Ann', { secret });
    expect(before.client.socket.protocol).toBe('parley.v1');
    const { roomId } = await before.ask('createMeeting', { data: 'still mine' });
    const userId = await idOf(before);
    await before.client.close();

    const after = await person('Ann', { secret, room: String(roomId) });
    expect(await idOf(after)).toBe(userId);
    expect(await after.ask('joinRoom', { roomId })).toMatchObject({ ok: true, role: 'owner' });
    const alone = await connect(runtime().url, { protocols: [`guest.${secret}`] });
    alone.send({ action: 'hello', id: 'h' });
    expect(await alone.next({ id: 'h' })).toMatchObject({ userId, name: 'Ann' });
    await alone.close();
  }, 30_000);

  test('people are taken out, kept out and let in again', async () => {
    const [ann, bob] = [await signedIn('Ann'), await signedIn('Bob')];
    const { roomId } = await ann.ask('createRoom', { name: 'strict' });
    await bob.ask('joinRoom', { roomId });
    const userId = await idOf(bob);
    expect(await bob.ask('ban', { roomId, userId: await idOf(ann) })).toMatchObject({
      error: { name: 'permission_denied' },
    });

    expect(await ann.ask('remove', { roomId, userId })).toMatchObject({ ok: true });
    await bob.client.next({ type: 'removed', roomId, reason: 'removed' });
    expect(await bob.ask('joinRoom', { roomId })).toMatchObject({ ok: true });
    expect(await ann.ask('ban', { roomId, userId })).toMatchObject({ ok: true });
    await bob.client.next({ type: 'removed', roomId, reason: 'banned' });
    expect(await bob.ask('joinRoom', { roomId })).toMatchObject({ error: { name: 'permission_denied' } });
    expect(await ann.ask('unban', { roomId, userId })).toMatchObject({ ok: true });
    expect(await bob.ask('joinRoom', { roomId })).toMatchObject({ ok: true });

    expect(await ann.ask('setRole', { roomId, userId, role: 'owner' })).toMatchObject({ ok: true });
    expect(await bob.ask('closeRoom', { roomId })).toMatchObject({ ok: true });
    await ann.client.next({ type: 'removed', roomId, reason: 'room_closed' });
    expect(await ann.ask('sendMessage', { roomId, message: 'too late' })).toMatchObject({
      error: { name: 'not_available' },
    });
  }, 30_000);

  test('a ban also refuses the upgrade', async () => {
    const ann = await signedIn('Ann');
    const { roomId } = await ann.ask('createRoom', { name: 'shut' });
    const bob = await person('Bob', { secret: 'bob-is-kept-out' });
    await ann.ask('ban', { roomId, userId: await idOf(bob) });
    const refused = person('Bob', { secret: 'bob-is-kept-out', room: 'shut' });
    await expect(refused).rejects.toEqual(new UpgradeRefused(403));
  }, 30_000);
});

describe('meetings, with real sockets', () => {
  const create = (host: Person, data: object | string) => host.ask('createMeeting', { data });
  const join = ({ ask }: Person, group_id: unknown) => ask('joinMeeting', { data: { group_id } });

  test('S3, joinMeeting; S3, onMessage: are joined by their code, and two of them hear nothing of each other', async () => {
    const [ann, bob, eve] = [await person('Ann'), await person('Bob'), await person('Eve')];
    const one = await create(ann, 'One');
    const other = await create(eve, { group_name: 'Other', media: 'video' });
    expect(await join(bob, one.group_id)).toMatchObject({
      source: 'join',
      waiting: false,
      group_name: 'One',
    });
    await bob.ask('sendMessage', { roomId: one.roomId, message: 'in one' });
    await ann.client.next({ type: 'message', roomId: one.roomId, message: 'in one' });
    await eve.ask('sendMessage', { roomId: other.roomId, message: 'in the other', echo: true });
    await eve.client.next({ type: 'message', message: 'in the other' });
    await runtime().stateMachines.idle();
    expect(pushesOf(eve, one.roomId)).toEqual([]);
    expect([...pushesOf(ann, other.roomId), ...pushesOf(bob, other.roomId)]).toEqual([]);
    for (const reference of [other.roomId, one.group_id])
      expect(await bob.ask('sendMessage', { roomId: reference, message: 'x' })).toMatchObject({ ok: false });
  }, 40_000);

  test('S3, a code derived from a connection: with approval are entered when the host admits, also a host who reconnected and gave a new code', async () => {
    const secret = 'the-host-of-it-all';
    const host = await person('Ann', { secret });
    const created = await create(host, { group_name: 'Interview', approval: true });
    const { roomId } = created;
    await host.client.close();

    const [bob, eve] = [await person('Bob'), await person('Eve')];
    const back = await person('Ann', { secret });
    expect(await join(bob, created.group_id)).toMatchObject({ waiting: true, connected_users: [] });
    await back.client.next({ type: 'waiting', roomId, name: 'Bob' });
    expect(await back.ask('joinRoom', { roomId })).toMatchObject({ ok: true, role: 'owner' });
    expect(await back.ask('admit', { roomId, userId: await idOf(bob) })).toMatchObject({ ok: true });
    await bob.client.next({ type: 'admitted', roomId, seq: 0 });
    await back.ask('sendMessage', { roomId, message: 'welcome' });
    await bob.client.next({ type: 'message', roomId, seq: 1, message: 'welcome' });

    expect(await join(eve, created.group_id)).toMatchObject({ waiting: true });
    await back.ask('refuse', { roomId, userId: await idOf(eve) });
    await eve.client.next({ type: 'refused', roomId });
    const zoe = await person('Zoe');
    expect(await back.ask('admit', { roomId, userId: await idOf(zoe) })).toMatchObject({ ok: true });
    await zoe.client.next({ type: 'invited', roomId, room: created.group_name, userId: await idOf(back) });
    expect(await zoe.ask('joinRoom', { room: roomId })).toMatchObject({ ok: true, role: 'member', count: 3 });
    const { group_id } = await back.ask('revokeCode', { roomId });
    expect(await join(eve, created.group_id)).toMatchObject({ error: { name: 'unknown_room' } });
    expect(await join(eve, group_id)).toMatchObject({ waiting: true });
    await runtime().stateMachines.idle();
    expect(pushesOf(eve, roomId).map(({ type }) => type)).toEqual(['refused']);
  }, 40_000);
});
