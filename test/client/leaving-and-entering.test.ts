import { seededRandom } from '../support/seeded-random';
import { upTo, world } from './recorded';

const MINUTE = 60_000;

/** George in two rooms, of which the second is the one that he leaves and enters. */
async function inSecond() {
  const it = world();
  const george = it.client();
  george.client.start();
  await it.time.pass(100);
  const { commands } = george.client;
  const step = async (command: Promise<unknown>, milliseconds = 100) => {
    await Promise.all([command, it.time.pass(milliseconds)]);
  };
  await step(commands.joinRoom('second'));
  return { ...it, ...george, commands, step };
}

/** The second of three messages was lost, and the server is too busy to resume until `answerResume`. */
async function inSecondWithOneMissing() {
  const it = await inSecond();
  const { server, time } = it;
  server.post('second', 'one');
  await time.pass(100);
  server.pushWay = () => [];
  server.post('second', 'lost');
  server.pushWay = () => [0];
  let isBusy = true;
  server.fails = ({ action, id }) =>
    isBusy && action === 'resume' ? { id, requestId: 'r', message: 'x', connectionId: 'c' } : undefined;
  server.post('second', 'shows that one is missing');
  await time.pass(1000);
  return { ...it, answerResume: () => void (isBusy = false) };
}

describe('a room that is left and entered while something else is under way', () => {
  test('gives each message once, although the fetch from before goes on', async () => {
    const { time, server, seqs, commands, step, client, answerResume } = await inSecondWithOneMissing();
    await step(commands.leaveRoom('second'));
    await step(commands.joinRoom('second'));
    server.post('second', 'after the return');
    await time.pass(1000);
    expect(seqs('second')).toEqual([1, 4]);
    answerResume();
    await time.pass(MINUTE);
    server.post('second', 'and so on');
    await time.pass(1000);
    expect(seqs('second')).toEqual([1, 4, 5]);
    client.close();
  });

  test('is followed although the answer comes late that it was left', async () => {
    const { time, server, seqs, recoveries, commands, step, client, answerResume } =
      await inSecondWithOneMissing();
    // The question reaches the server when the room is left there, and its answer when it is entered again.
    server.replyWay = ({ action }: { action?: string }) => [action === 'resume' ? 30_000 : 0];
    await step(commands.leaveRoom('second'));
    answerResume();
    await time.pass(20_000);
    await step(commands.joinRoom('second'));
    await time.pass(MINUTE / 2);
    expect(recoveries.filter(({ roomId }) => roomId === 'second')).toEqual([]);
    server.post('second', 'after the return');
    await time.pass(1000);
    expect(seqs('second')).toEqual([1, 4]);
    client.close();
  });

  test('misses nothing of what comes while the reply to joining it is under way', async () => {
    const { time, server, seqs, commands, client } = await inSecond();
    for (let count = 0; count < 10; count += 1) server.post('third', 'before');
    server.replyWay = ({ action }: { action?: string }) => [action === 'joinRoom' ? 1000 : 0];
    const joined = commands.joinRoom('third');
    await time.pass(50);
    server.pushWay = () => [];
    server.post('third', 'lost');
    server.pushWay = () => [0];
    server.post('third', 'shows that one is missing');
    await time.pass(3000);
    await joined;
    expect(seqs('third')).toEqual([11, 12]);
    client.close();
  });

  test('gives each message once, although the reply to leaving it comes after the next joining', async () => {
    const { time, server, seqs, commands, client } = await inSecond();
    server.post('second', 'one');
    await time.pass(100);
    server.replyWay = ({ action }: { action?: string }) =>
      action === 'leaveRoom' ? [2000] : action === 'joinRoom' ? [3000] : [0];
    const left = commands.leaveRoom('second');
    await time.pass(100);
    const joined = commands.joinRoom('second');
    await time.pass(100);
    server.post('second', 'two');
    await time.pass(5000);
    await Promise.all([left, joined]);
    server.post('second', 'three');
    await time.pass(1000);
    expect(seqs('second')).toEqual(upTo(3));
    client.close();
  });

  test('goes on where it was, if it is of two people and the other one writes again', async () => {
    const { time, server, seqs, commands, step, client } = await inSecond();
    server.room('d_elaine').members.add('u_George');
    for (const text of ['one', 'two']) server.post('d_elaine', text);
    await time.pass(1000);
    await step(commands.leaveRoom('d_elaine'));
    await time.pass(2 * MINUTE);
    server.room('d_elaine').members.add('u_George');
    for (const text of ['three', 'four']) server.post('d_elaine', text);
    await time.pass(1000);
    expect(seqs('d_elaine')).toEqual(upTo(4));
    client.close();
  });

  test('comes back by another device’s entering, also where the clock was set back meanwhile', async () => {
    const { time, server, seqs, commands, step, client } = await inSecond();
    await step(commands.leaveRoom('second'));
    time.setBack(60 * MINUTE);
    server.room('second').members.add('u_George');
    await time.pass(6 * MINUTE);
    server.post('second', 'one');
    await time.pass(6 * MINUTE);
    expect(seqs('second')).toEqual(upTo(1));
    client.close();
  });
});

describe('rooms over a bad line', () => {
  test('in 300 seeds of leaving, entering, cuts and lost or late frames nothing comes twice, and no hole is unsaid', async () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const { server, time, client, messages, recoveries, texts, ...it } = badLine(seed);
      client.start();
      for (let step = 0; step < 40; step += 1) {
        it.act();
        await time.pass(it.random() * 1500);
      }
      it.heal();
      // Twice the time between two pings.
      await time.pass(12 * MINUTE);
      const problems = ['lobby', 'second'].flatMap((roomId) => {
        const seqs = messages.filter((push) => push.roomId === roomId).map(({ seq }) => seq);
        const isRising = seqs.every((seq, index) => index === 0 || seq > seqs[index - 1]!);
        const isWhole = seqs.every((seq, index) => index === 0 || seq === seqs[index - 1]! + 1);
        const isSaid = recoveries.some((event) => event.roomId === roomId && !event.recovered);
        // Of the room that is left and entered, what comes in between is not to come.
        return isRising && (roomId === 'second' || isWhole || isSaid) ? [] : [`${roomId}: ${seqs.join()}`];
      });
      const own = server.room('lobby').log.flatMap((push) => {
        return push.type === 'message' && texts.includes(push.message) ? [push.message] : [];
      });
      expect({ seed, problems, own: own.toSorted() }).toEqual({ seed, problems: [], own: texts.toSorted() });
      expect(client.positions()).toMatchObject({ lobby: { seq: server.room('lobby').log.length } });
      expect(client.unsent()).toEqual([]);
      client.close();
    }
  }, 60_000);
});

/** A line that loses, repeats and delays, and somebody who does things over it without waiting for what came of the last. */
function badLine(seed: number) {
  const { server, time, client: made } = world(seed);
  const george = made();
  const { commands } = george.client;
  const random = seededRandom(seed);
  const oneOf = (ways: readonly (readonly [number, () => number[]])[]) => () => {
    const drawn = random();
    return (ways.find(([below]) => drawn < below) ?? ways[0]!)[1]();
  };
  server.pushWay = oneOf([
    [0.2, () => []],
    [0.3, () => [0, random() * 800]],
    [0.6, () => [random() * 700]],
    [1, () => [0]],
  ]);
  server.replyWay = oneOf([
    [0.02, () => []],
    [0.2, () => [random() * 3000]],
    [1, () => [0]],
  ]);
  server.fails = ({ action }) =>
    action !== 'hello' && random() < 0.08 ? { message: 'x', connectionId: 'c', requestId: 'r' } : undefined;
  let isIn = false;
  const texts: string[] = [];
  const act = oneOf([
    [0.4, () => [server.post(random() < 0.5 ? 'lobby' : 'second', 'from somebody').seq]],
    [
      0.55,
      () => {
        const text = `own ${texts.push(`own ${texts.length + 1}`)}`;
        george.client.send('lobby', text).catch(() => {});
        return [];
      },
    ],
    [0.65, () => (server.cut(), [])],
    [
      0.8,
      () => {
        (isIn ? commands.leaveRoom('second') : commands.joinRoom('second')).catch(() => {});
        isIn = !isIn;
        return [];
      },
    ],
    [0.82, () => ((server.room('lobby').epoch += '+'), [])],
    [1, () => (george.client.wake(), [])],
  ]);
  const heal = () => {
    server.pushWay = () => [0];
    server.replyWay = () => [0];
    server.fails = () => undefined;
  };
  return { ...george, server, time, random, texts, act, heal };
}

describe('a room whose recovery is refused', () => {
  test('goes on with what came in meanwhile, and says that something is missing', async () => {
    const { time, server, seqs, recoveries, client } = await inSecond();
    server.post('second', 'one');
    await time.pass(100);
    server.pushWay = () => [];
    server.post('second', 'lost');
    server.pushWay = () => [0];
    const error = { code: 108, name: 'not_available', message: 'no', temporary: false, traceId: 't' };
    server.fails = ({ action, id }) =>
      action === 'resume' ? { id, ok: false, error, message: '' } : undefined;
    for (const text of ['three', 'four']) server.post('second', text);
    await time.pass(5000);
    expect(recoveries.slice(1)).toMatchObject([{ recovered: false, reason: 'refused', from: { seq: 1 } }]);
    expect(seqs('second')).toEqual([1, 3, 4]);
    client.close();
  });
});
