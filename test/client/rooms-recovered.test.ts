import type { Recorded } from './recorded';
import { upTo, world } from './recorded';

const MINUTE = 60_000;
/** The client pings every 4 to 5 minutes; the rest is for what follows from it. */
const ONE_PING = 5.5 * MINUTE;
const GEORGE = 'u_George';

/** A world in which George is in this many channels and direct rooms, in each of which a message stands. */
function crowded({ channels = 0, direct = 0 }) {
  const it = world();
  const roomIds = [
    ...Array.from({ length: channels }, (_, index) => `r_${String(index).padStart(4, '0')}`),
    ...Array.from({ length: direct }, (_, index) => `d_${String(index).padStart(4, '0')}`),
  ];
  for (const roomId of roomIds) {
    it.server.room(roomId).members.add(GEORGE);
    it.server.post(roomId, 'long ago');
  }
  /** Opens a direct room with George by a first message, as anybody can. */
  const stranger = (roomId: string) => {
    it.server.room(roomId).members.add(GEORGE);
    it.server.post(roomId, 'hello from nobody you know');
  };
  return { ...it, roomIds, stranger };
}

async function started({ client }: Recorded, { time }: Pick<ReturnType<typeof world>, 'time'>) {
  client.start();
  await time.pass(1000);
}

describe('no room is beyond the reach of recovery', () => {
  test('a direct room that came up over a reload of the page is delivered from its first message', async () => {
    const it = crowded({});
    const first = it.client();
    await started(first, it);
    const positions = first.client.positions();
    first.client.close();
    it.stranger('d_stranger');
    const second = it.client({ positions });
    await started(second, it);
    expect(second.seqs('d_stranger')).toEqual([1]);
    expect(second.recoveries).toContainEqual({
      type: 'recovery',
      recovered: true,
      roomId: 'd_stranger',
      messages: 1,
    });
    second.client.close();
  });

  test('a first visit starts at the end of each room, also with positions that name none', async () => {
    const it = crowded({ channels: 1, direct: 1 });
    const george = it.client({ positions: {} });
    await started(george, it);
    expect(george.messages).toEqual([]);
    expect(george.client.positions()).toMatchObject({ d_0000: { seq: 1 }, r_0000: { seq: 1 } });
    george.client.close();
  });

  test.each([0, 100, 450])(
    'a private message of a stranger whose push is lost comes within one ping, after %d others',
    async (direct) => {
      const it = crowded({ direct });
      const george = it.client();
      await started(george, it);
      it.server.pushWay = () => [];
      for (const roomId of ['d_', 'd_0050x', 'd_zzzz']) it.stranger(roomId);
      await it.time.pass(ONE_PING);
      for (const roomId of ['d_', 'd_0050x', 'd_zzzz']) expect(george.seqs(roomId)).toEqual([1]);
      george.client.close();
    },
  );

  test('a stranger’s first message whose push is lost comes as soon as the second one shows that there was one', async () => {
    const it = crowded({ channels: 150 });
    const george = it.client();
    await started(george, it);
    it.server.pushWay = () => [];
    it.stranger('d_stranger');
    it.server.pushWay = () => [0];
    it.server.post('d_stranger', 'are you there?');
    await it.time.pass(1000);
    expect(george.seqs('d_stranger')).toEqual([1, 2]);
    george.client.close();
  });

  test('a message in any of hundreds of rooms whose push is lost comes within one ping', async () => {
    const it = crowded({ channels: 250, direct: 250 });
    const george = it.client();
    await started(george, it);
    it.server.pushWay = () => [];
    for (const roomId of it.roomIds) it.server.post(roomId, 'lost');
    await it.time.pass(ONE_PING);
    for (const roomId of it.roomIds) expect(george.seqs(roomId)).toEqual([2]);
    george.client.close();
  });

  test('one of more rooms than a ping looks at comes with the next ping, which goes on where the last one stopped', async () => {
    const it = crowded({ channels: 10, direct: 1_500 });
    const george = it.client();
    await started(george, it);
    it.server.pushWay = () => [];
    for (const roomId of it.roomIds) it.server.post(roomId, 'lost');
    const pings = () => it.server.received.filter(({ action }) => action === 'ping').length;
    const before = pings();
    await it.time.pass(ONE_PING);
    expect(pings() - before).toBe(10);
    await it.time.pass(ONE_PING);
    for (const roomId of it.roomIds) expect(george.seqs(roomId)).toEqual([2]);
    george.client.close();
  });

  test('a fresh device enters all its channels, however many there are and however many strangers write', async () => {
    const it = crowded({ channels: 250, direct: 300 });
    const george = it.client();
    await started(george, it);
    for (const roomId of it.roomIds) it.server.post(roomId, 'now');
    await it.time.pass(1000);
    for (const roomId of it.roomIds) expect(george.seqs(roomId)).toEqual([2]);
    george.client.close();
  });

  test('a room that another device joined is entered within one ping, and then heard like any other', async () => {
    const it = crowded({});
    const laptop = it.client();
    await started(laptop, it);
    const phone = it.client();
    await started(phone, it);
    await Promise.all([phone.client.commands.joinRoom('news'), it.time.pass(100)]);
    it.server.fails = ({ action }) => {
      // After the head was told, before the laptop hears pushes.
      if (action === 'resume') it.server.post('news', 'between');
      return undefined;
    };
    await it.time.pass(ONE_PING);
    it.server.fails = () => undefined;
    const before = it.server.room('news').log.length;
    it.server.post('news', 'pushed');
    await it.time.pass(1000);
    expect(before).toBeGreaterThan(0);
    expect(laptop.seqs('news').at(-1)).toBe(before + 1);
    expect(laptop.seqs('news')).toEqual(upTo(before + 1));
    for (const { client } of [laptop, phone]) client.close();
  });

  test('a room that was left here and joined again on another device comes back', async () => {
    const it = crowded({});
    const laptop = it.client();
    const phone = it.client();
    await started(laptop, it);
    await started(phone, it);
    await Promise.all([laptop.client.commands.joinRoom('news'), it.time.pass(100)]);
    await Promise.all([laptop.client.commands.leaveRoom('news'), it.time.pass(100)]);
    it.server.post('news', 'not for who left');
    await it.time.pass(2 * MINUTE);
    await Promise.all([phone.client.commands.joinRoom('news'), it.time.pass(100)]);
    await it.time.pass(ONE_PING);
    it.server.post('news', 'again');
    await it.time.pass(1000);
    expect(laptop.seqs('news')).toEqual([2]);
    for (const { client } of [laptop, phone]) client.close();
  });

  test('a room just left does not come back by a list that is older than the leaving', async () => {
    const it = crowded({});
    const george = it.client();
    await started(george, it);
    await Promise.all([george.client.commands.joinRoom('news'), it.time.pass(100)]);
    await Promise.all([george.client.commands.leaveRoom('news'), it.time.pass(100)]);
    it.server.room('news').members.add(GEORGE);
    george.client.wake();
    await it.time.pass(1000);
    expect(george.client.positions()).not.toHaveProperty('news');
    expect(george.recoveries.filter(({ roomId }) => roomId === 'news')).toEqual([]);
    george.client.close();
  });

  test('a page of the list that fails for now is asked for again', async () => {
    const it = crowded({ channels: 350 });
    let failures = 0;
    it.server.fails = ({ action }) => {
      if (action !== 'rooms' || ++failures > 3) return undefined;
      return { message: 'Internal server error', connectionId: 'x', requestId: 'y' };
    };
    const george = it.client();
    george.client.start();
    await it.time.pass(20_000);
    for (const roomId of it.roomIds) it.server.post(roomId, 'now');
    await it.time.pass(1000);
    for (const roomId of it.roomIds) expect(george.seqs(roomId)).toEqual([2]);
    george.client.close();
  });

  test('a cut in the middle of the list, of rooms and of heads, costs nothing', async () => {
    const it = crowded({ channels: 350, direct: 150 });
    let pages = 0;
    it.server.fails = ({ action, after }) => {
      if (after === undefined || (action !== 'rooms' && action !== 'ping')) return undefined;
      pages += 1;
      if (pages === 2 || pages === 9) it.server.cut();
      return undefined;
    };
    const george = it.client();
    george.client.start();
    await it.time.pass(20_000);
    it.server.pushWay = () => [];
    it.stranger('d_');
    for (const roomId of it.roomIds) it.server.post(roomId, 'lost');
    await it.time.pass(2 * ONE_PING);
    expect(pages).toBeGreaterThan(9);
    for (const roomId of it.roomIds) expect(george.seqs(roomId).at(-1)).toBe(2);
    expect(george.seqs('d_')).toEqual([1]);
    george.client.close();
  });
});
