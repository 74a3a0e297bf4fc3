import { addressHash } from '../../handlers/chat/ids';
import { countConnect, networkOf } from '../../handlers/chat/membership/connect-limits';
import type { Connection } from '../../handlers/chat/connections';
import { acceptMessage } from '../../handlers/websocket/accept-message';
import { session } from '../../handlers/websocket/session';
import { aConnection } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { commandWorld } from './commands';
import { chattingWorld, frameEvent } from './people-who-chat';
import { HeadHints, RoomGuesses } from '../../handlers/chat/sending/hints';

const MESSAGE = { action: 'sendMessage', message: 'hi' };
interface Reply {
  readonly ok: boolean;
  readonly error?: { readonly name: string; readonly temporary: boolean; readonly retryAfterMs: number };
}

async function limited(rates: Partial<Awaited<ReturnType<typeof chattingWorld>>['rates']>) {
  const it = await chattingWorld();
  const ports = {
    ...it,
    hints: new HeadHints(),
    guesses: new RoomGuesses(),
    rates: { ...it.rates, ...rates },
  };
  const send = async (connection: { connectionId: string; userId?: string }, frame: object = MESSAGE) =>
    JSON.parse((await acceptMessage(frameEvent(connection, frame), ports)).body) as Reply;
  const ping = async (connection: { connectionId: string }) =>
    JSON.parse((await session(frameEvent(connection, { action: 'ping' }), ports)).body) as Reply;
  /** A person on ten connections. */
  const tenDevices = async () => {
    const { userId } = await it.connected();
    return Promise.all(Array.from({ length: 10 }, () => it.connected({ userId })));
  };
  return { ...ports, send, ping, tenDevices };
}
const accepted = (replies: Reply[]) => replies.filter(({ ok }) => ok).length;

describe('messages', () => {
  it('of one connection pass at its rate, and a refused one says when to come again and is right', async () => {
    const it = await limited({ messages: { perSecond: 5, burst: 20 } });
    const flood = await it.connected();
    const replies = await Promise.all(Array.from({ length: 100 }, () => it.send(flood)));
    expect(accepted(replies)).toBe(20);
    const refused = replies.find(({ ok }) => !ok)!.error!;
    expect(refused).toMatchObject({ name: 'too_many_requests', temporary: true, retryAfterMs: 200 });
    it.clock.advance(199);
    expect(await it.send(flood)).toMatchObject({ ok: false });
    it.clock.advance(1);
    expect(await it.send(flood)).toMatchObject({ ok: true, seq: 21 });
    expect(await it.send(await it.connected())).toMatchObject({ ok: true });
  });

  it('of one person pass at their rate on all connections together, and others are none of it', async () => {
    const it = await limited({ userMessages: { perSecond: 10, burst: 40 } });
    const devices = await it.tenDevices();
    const replies = await Promise.all(
      devices.flatMap((device) => Array.from({ length: 20 }, () => it.send(device))),
    );
    expect(accepted(replies)).toBe(40);
    expect(await it.send(await it.connected())).toMatchObject({ ok: true, seq: 41 });
  });

  it('that are refused are not kept, and their id is free for when they are sent again', async () => {
    const it = await limited({ userMessages: { perSecond: 1, burst: 1 } });
    const one = await it.connected();
    await it.send(one);
    const frame = { ...MESSAGE, clientMessageId: 'm1' };
    expect(await it.send(one, frame)).toMatchObject({ error: { name: 'too_many_requests' } });
    it.clock.advance(1000);
    expect(await it.send(one, frame)).toMatchObject({ ok: true, seq: 2, duplicate: false });
  });

  it('count as commands where they cannot be read, so that nonsense has a limit too', async () => {
    const it = await limited({ commands: { perSecond: 1, burst: 3 } });
    const one = await it.connected();
    const nonsense = [
      { action: 'nope' },
      { action: 'sendMessage' },
      { action: 'sendMessage', message: 'm', room: 'a\u0000b' },
      { action: 'sendMessage', message: 'm' },
    ];
    const names = [];
    for (const frame of nonsense) names.push((await it.send(one, frame)).error?.name);
    expect(names).toEqual(['unknown_action', 'bad_request', 'bad_request', undefined]);
    expect(await it.send(one, { action: 'nope' })).toMatchObject({ error: { name: 'too_many_requests' } });
    expect(await it.ping(one)).toMatchObject({ error: { name: 'too_many_requests' } });
  });

  it.each([
    ['tells', true],
    ['does not tell', false],
  ])(
    'that one connection is refused use up nothing of its person’s, where API Gateway %s who that is',
    async (_, told) => {
      const it = await limited({
        messages: { perSecond: 1, burst: 5 },
        userMessages: { perSecond: 1, burst: 20 },
      });
      const [flood, other] = await it.tenDevices();
      const from = ({ connectionId, userId }: Connection) =>
        told ? { connectionId, userId } : { connectionId };
      const replies = await Promise.all(Array.from({ length: 50 }, () => it.send(from(flood!))));
      expect(accepted(replies)).toBe(5);
      const others = [];
      for (let n = 0; n < 5; n += 1) others.push(await it.send(from(other!)));
      expect(accepted(others)).toBe(5);
      expect(it.limits.used.get(`user.${flood!.userId}`)).toBe((it.now() + 10_000) * 1000);
    },
  );

  it('of somebody whom a connection is not of are not kept, and count for nobody else', async () => {
    const it = await limited({});
    const [one, other] = [await it.connected(), await it.connected()];
    const { connectionId } = one;
    expect(await it.send({ connectionId, userId: other.userId })).toMatchObject({
      error: { name: 'internal' },
    });
    expect(await it.outbox.lastSeq(it.roomId)).toBe(0);
  });

  it('do not use up commands, nor these them', async () => {
    const it = await limited({
      messages: { perSecond: 1, burst: 1 },
      commands: { perSecond: 1, burst: 1 },
    });
    const one = await it.connected();
    expect([await it.ping(one), await it.send(one)]).toMatchObject([{ ok: true }, { ok: true }]);
    for (const reply of [await it.ping(one), await it.send(one)])
      expect(reply).toMatchObject({ error: { name: 'too_many_requests', retryAfterMs: 1000 } });
  });
});

describe('commands', () => {
  it('of one person pass at their rate on all connections together, whatever they ask for', async () => {
    const it = await limited({ userCommands: { perSecond: 10, burst: 40 } });
    const devices = await it.tenDevices();
    const replies = await Promise.all(
      devices.flatMap((device) => Array.from({ length: 20 }, () => it.ping(device))),
    );
    expect(accepted(replies)).toBe(40);
    const refused = replies.find(({ ok }) => !ok)!.error!;
    expect(refused).toMatchObject({ name: 'too_many_requests', temporary: true, retryAfterMs: 100 });
    it.clock.advance(99);
    expect(await it.ping(devices[0]!)).toMatchObject({ ok: false });
    it.clock.advance(1);
    expect(await it.ping(devices[0]!)).toMatchObject({ ok: true });
    expect(await it.send(devices[0]!, { action: 'nope' })).toMatchObject({
      error: { name: 'too_many_requests' },
    });
    expect(await it.send(devices[0]!)).toMatchObject({ ok: true });
    expect(await it.ping(await it.connected())).toMatchObject({ ok: true });
  });
});

describe('a token that has ended', () => {
  it('lets no message and no command pass, from that millisecond on', async () => {
    const it = await limited({});
    const one = await it.connected({ tokenExpiresAt: it.now() + 1000 });
    it.clock.advance(999);
    expect(await it.send(one)).toMatchObject({ ok: true });
    it.clock.advance(1);
    for (const reply of [await it.send(one), await it.ping(one)])
      expect(reply).toMatchObject({ error: { code: 109, name: 'token_expired', temporary: false } });
  });
});

describe('connects', () => {
  const rates = { user: { perSecond: 0.5, burst: 2 }, address: { perSecond: 5, burst: 3 } };

  it('of a person and from an address pass at their rates', async () => {
    const ports = { ...world(), connectRates: rates };
    const connect = (userId: string, address?: string) => countConnect({ userId, address }, ports);
    await connect('u_a', '10.0.0.1');
    await connect('u_a', '10.0.0.2');
    const refused = { error: 'too_many_requests' };
    await expect(connect('u_a', '10.0.0.3')).rejects.toMatchObject({
      ...refused,
      details: { retryAfterMs: 2000 },
    });
    await connect('u_b', '10.0.0.1');
    await connect('u_c', '10.0.0.1');
    await expect(connect('u_d', '10.0.0.1')).rejects.toMatchObject({
      ...refused,
      details: { retryAfterMs: 200 },
    });
    await connect('u_d');
    expect([...ports.limits.used.keys()].join()).not.toContain('10.0.0');
    const { addressKey } = ports;
    expect([...ports.limits.used.keys()]).toContain(`address.${addressHash('10.0.0.1', addressKey)}`);
    // Or whoever has the table alone tries all addresses there are.
    expect(addressHash('10.0.0.1', 'another key')).not.toBe(addressHash('10.0.0.1', addressKey));
  });

  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['2001:db8:0:1:aaaa::1', '2001:db8:0:1'],
    ['2001:DB8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['2001:0db8:0000:0001:1:2:3:4', '2001:db8:0:1'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3'],
  ])('from %s count for the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('rooms of one person', () => {
  it('are at most so many, direct ones not counted, and whoever is in stays in', async () => {
    const it = commandWorld({ roomsPerUser: 2 });
    const one = await it.connected();
    const other = aConnection(it.now());
    await it.members.enter({ roomId: 'd_00000000000000', userId: one.userId, role: 'member', since: 1 });
    const join = (room: string) => it.toRooms(one, { action: 'joinRoom', room });
    expect(await join('a')).toMatchObject({ ok: true });
    expect(await it.toRooms(one, { action: 'createRoom', name: 'b' })).toMatchObject({ ok: true });
    const meeting = await it.toRooms(await it.connected(other), { action: 'createMeeting', data: 'm' });
    const refused = { error: { code: 106, name: 'limit_exceeded' } };
    expect(await join('c')).toMatchObject(refused);
    expect(await it.toRooms(one, { action: 'createRoom', name: 'd' })).toMatchObject(refused);
    expect(
      await it.rooms.find((await it.toRooms(one, { action: 'createRoom', name: 'b' })).roomId),
    ).toBeDefined();
    expect(await it.toRooms(one, { action: 'createMeeting', data: 'e' })).toMatchObject(refused);
    const data = { group_id: meeting.group_id };
    expect(await it.toRooms(one, { action: 'joinMeeting', data })).toMatchObject(refused);
    expect(await join('a')).toMatchObject({ ok: true });
    await it.toRooms(one, { action: 'leaveRoom', room: 'a' });
    expect(await join('c')).toMatchObject({ ok: true });
  });
});

describe('channels that come into being by being joined', () => {
  it.each([
    ['users', 'guest', false],
    ['users', 'user', true],
    ['nobody', 'user', false],
    ['everyone', 'guest', true],
  ] as const)('where %s may open them: a %s does: %s', async (byJoining, kind, opens) => {
    const it = commandWorld({ channels: { byJoining, defaultRoom: 'lobby' } });
    const one = await it.connected({ kind });
    const reply = await it.toRooms(one, { action: 'joinRoom', room: 'new' });
    expect(reply).toMatchObject(opens ? { ok: true } : { error: { name: 'unknown_room' } });
    expect(await it.toRooms(one, { action: 'joinRoom', room: 'Lobby' })).toMatchObject({ ok: true });
    const hidden = await it.toRooms(one, { action: 'joinRoom', room: 'm_00000000000000' });
    expect(hidden).toMatchObject({ error: { name: 'unknown_room', field: '/room' } });
  });
});
