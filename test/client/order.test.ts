import { seededRandom } from '../support/seeded-random';
import { connected, upTo, world } from './recorded';

/** Pushes that take different times, come twice, or never: what the network and a retried fan-out do to them. */
function disordered(random: () => number) {
  return (): number[] => {
    if (random() < 0.05) return [];
    const late = () => (random() < 0.3 ? random() * 500 : random() * 5);
    return random() < 0.1 ? [late(), late()] : [late()];
  };
}

describe('the client library delivers a room in order', () => {
  test('R4: in 10,000 seeds of reordered, repeated and lost pushes there is no inversion, no hole and no repeat', async () => {
    let fetches = 0;
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const { time, server, client } = world(seed);
      const random = seededRandom(seed);
      const { client: george, seqs, recoveries } = client();
      george.start();
      await time.pass(20);
      server.pushWay = disordered(random);
      for (let index = 0; index < 12; index += 1) {
        server.post('lobby', `message ${index}`);
        if (random() < 0.3) await time.pass(random() * 100);
      }
      server.pushWay = () => [0];
      server.post('lobby', 'the last');
      await time.pass(2000);
      george.close();
      if (seqs().join() !== upTo(13).join()) throw new Error(`seed ${seed}: ${seqs().join()}`);
      fetches += recoveries.length - 1;
    }
    expect(fetches).toBeGreaterThan(1000);
  }, 120_000);

  test('a late one is waited for 300 ms, without asking the server', async () => {
    const { time, server, george, seqs } = await connected();
    const asked = server.received.length;
    server.pushWay = () => [290];
    server.post('lobby', 'late');
    server.pushWay = () => [0];
    server.post('lobby', 'early');
    await time.pass(250);
    expect(seqs()).toEqual([]);
    await time.pass(100);
    expect(seqs()).toEqual([1, 2]);
    expect(server.received.length).toBe(asked);
    george.close();
  });

  test('one that does not come in 300 ms is fetched', async () => {
    const { time, server, george, seqs } = await connected();
    server.pushWay = () => [];
    server.post('lobby', 'lost');
    server.pushWay = () => [0];
    server.post('lobby', 'arrived');
    await time.pass(250);
    expect(seqs()).toEqual([]);
    await time.pass(100);
    expect(seqs()).toEqual([1, 2]);
    expect(server.received.at(-1)).toMatchObject({ action: 'resume', rooms: { lobby: { seq: 0 } } });
    george.close();
  });

  test('a lost one with nothing after it is found by the next ping', async () => {
    const { time, server, george, seqs } = await connected();
    server.pushWay = () => [];
    server.post('lobby', 'the last');
    await time.pass(5 * 60_000 + 1000);
    expect(seqs()).toEqual([1]);
    george.close();
  });

  test('a lost one in a quiet room is found although another room is busy', async () => {
    const { time, server, george, seqs } = await connected();
    await Promise.all([george.commands.joinRoom('busy'), time.pass(100)]);
    server.pushWay = () => [];
    server.post('lobby', 'lost in a quiet room');
    server.pushWay = () => [0];
    for (let minute = 0; minute < 6; minute += 1) {
      server.post('busy', 'chatter');
      await time.pass(60_000);
    }
    expect(seqs()).toEqual([1]);
    expect(seqs('busy')).toEqual(upTo(6));
    george.close();
  });

  test("the client's own messages stand where their numbers say, made from the replies", async () => {
    const { time, server, george, messages } = await connected();
    server.pushWay = () => [200];
    server.post('lobby', 'before');
    const sent = george.send('lobby', 'mine');
    await time.pass(100);
    expect(await sent).toMatchObject({ seq: 2, duplicate: false });
    expect(messages).toEqual([]);
    await time.pass(300);
    expect(messages).toMatchObject([
      { seq: 1, sender: 'Other', message: 'before' },
      { seq: 2, senderId: 'u_George', sender: 'George', message: 'mine', messageId: 'lobby.2' },
    ]);
    george.close();
  });

  test('a room that nobody announced, such as a first private message, is delivered from its start', async () => {
    const { time, server, george, seqs } = await connected();
    for (const { rooms } of server.sessions) rooms.add('d_1').add('d_2');
    server.post('d_1', 'psst');
    await time.pass(20);
    expect(seqs('d_1')).toEqual([1]);
    server.pushWay = () => [100];
    server.post('d_2', 'unseen');
    server.post('d_2', 'later');
    server.pushWay = () => [0];
    server.post('d_2', 'sooner');
    await time.pass(1000);
    expect(seqs('d_2')).toEqual([1, 2, 3]);
    george.close();
  });

  test('a private message that got lost, in a room that nobody announced, is found by the next ping', async () => {
    const { time, server, george, seqs } = await connected();
    server.room('d_1').members.add('u_George');
    server.post('d_1', 'psst');
    server.post('d_1', 'are you there?');
    await time.pass(5 * 60_000 + 1000);
    expect(seqs('d_1')).toEqual([1, 2]);
    george.close();
  });

  test('of a room that was left, nothing more is delivered, until it is joined again', async () => {
    const { time, server, george, seqs } = await connected();
    server.fails = ({ action }) => (action === 'leaveRoom' ? { roomId: 'lobby' } : undefined);
    await Promise.all([george.commands.leaveRoom('lobby'), time.pass(100)]);
    server.post('lobby', 'still on its way');
    await time.pass(1000);
    expect(seqs()).toEqual([]);
    expect(george.positions()).toEqual({});
    await Promise.all([george.commands.joinRoom('lobby'), time.pass(100)]);
    server.post('lobby', 'hello again');
    await time.pass(1000);
    expect(seqs()).toEqual([2]);
    george.close();
  });
});
