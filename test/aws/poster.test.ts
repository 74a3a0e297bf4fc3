import { Gate } from '../../handlers/aws/gate';
import { Poster, type Answer } from '../../handlers/aws/poster';
import { VirtualTime } from '../support/virtual-time';

const SERVICE_TIME = 30;

interface Sent {
  readonly connectionId: string;
  readonly at: number;
}

/** What a connection answers; `tries` counts this one too. */
type Gateway = (sent: Sent & { tries: number }) => Answer;

const WELL: Answer = { status: 200 };
const status = (code: number): Answer => ({ status: code });

function poster(gateway: Gateway, { places = 200, seed = 1 } = {}) {
  const time = new VirtualTime(seed);
  const it = new Poster(new Gate(places, time), time);
  const sent: Sent[] = [];
  const triesOf = (id: string) => sent.filter(({ connectionId }) => connectionId === id);
  const tries = new Map<string, number>();
  const settledAt = new Map<string, number>();
  const send = async (connectionId: string) => {
    const one = { connectionId, at: time.now() };
    sent.push(one);
    tries.set(connectionId, (tries.get(connectionId) ?? 0) + 1);
    const answer = gateway({ ...one, tries: tries.get(connectionId)! });
    await time.pause(SERVICE_TIME);
    settledAt.set(connectionId, time.now());
    return answer;
  };
  const post = (ids: readonly string[], { budget = 5000, postsPerSecond = 7000 } = {}) =>
    time.run(
      it.post(
        send,
        ids.map((connectionId) => ({ connectionId })),
        { deadline: time.now() + budget, postsPerSecond },
      ),
    );
  return { time, post, sent, triesOf, settledAt };
}

const people = (count: number, prefix = 'c') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const posted = { outcome: 'posted' };

describe('posting to many', () => {
  it.each([
    [200, { outcome: 'posted' }],
    [204, { outcome: 'posted' }],
    [410, { outcome: 'gone' }],
    [400, { outcome: 'failed', reason: 'status_400' }],
    [403, { outcome: 'failed', reason: 'status_403' }],
    [413, { outcome: 'failed', reason: 'status_413' }],
    [301, { outcome: 'failed', reason: 'status_301' }],
  ])('takes %i for the last word, because no other try would say anything else', async (code, outcome) => {
    const { post, sent } = poster(() => status(code));
    expect(await post(['a'])).toEqual([outcome]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['429', status(429), 'status_429'],
    ['500', status(500), 'status_500'],
    ['503', status(503), 'status_503'],
    ['a reset', { lost: 'ECONNRESET' }, 'ECONNRESET'],
    ['a timeout', { lost: 'timeout' }, 'timeout'],
  ])('tries again after %s until the deadline, and then says why', async (_, trouble, reason) => {
    const well = poster(({ tries }) => (tries < 4 ? trouble : WELL));
    expect(await well.post(people(200))).toEqual(Array(200).fill(posted));
    const ill = poster(() => trouble);
    expect(await ill.post(people(200))).toEqual(Array(200).fill({ outcome: 'failed', reason }));
    expect(ill.time.now()).toBeLessThanOrEqual(5000 + SERVICE_TIME);
    expect(ill.time.now()).toBeGreaterThan(4000);
  });

  it('says of whom it had no time for that there was no time', async () => {
    const { post } = poster(() => WELL);
    const outcomes = await post(people(1000), { budget: 1000, postsPerSecond: 100 });
    expect(outcomes.at(-1)).toEqual({ outcome: 'failed', reason: 'no_time' });
    expect(outcomes.filter(({ outcome }) => outcome === 'posted').length).toBeGreaterThanOrEqual(100);
  });

  it.each([429, 500])(
    'outlives an outage of two seconds, whenever it begins, when all is answered %i',
    async (code) => {
      for (const begins of [0, 50, 120]) {
        const { post, time } = poster(({ at }) => (at >= begins && at < begins + 2000 ? status(code) : WELL));
        expect(await post(people(1000))).toEqual(Array(1000).fill(posted));
        // Outage + 1 s for each 1,000.
        expect(time.now()).toBeLessThanOrEqual(begins + 3000);
      }
    },
  );

  it('spreads the tries after an outage over time, because all at once would be the next one', async () => {
    const { post, sent } = poster(({ tries }) => (tries === 1 ? status(500) : WELL), { places: 1000 });
    await post(people(1000), { postsPerSecond: 1e6 });
    const retries = sent.slice(1000).map(({ at }) => at - SERVICE_TIME);
    // Full jitter: even over the first 50 ms.
    for (const quarter of [0, 1, 2, 3]) {
      const share = retries.filter((at) => at >= quarter * 12.5 && at < (quarter + 1) * 12.5).length / 1000;
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.3);
    }
  });

  it('rejects where no request can be made at all, and gives the place back', async () => {
    const time = new VirtualTime();
    const it = new Poster(new Gate(1, time), time);
    const limits = { deadline: 5000, postsPerSecond: 1000 };
    const broken = it.post(() => Promise.reject(new Error('no request')), [{ connectionId: 'a' }], limits);
    await expect(time.run(broken)).rejects.toThrow('no request');
    const next = it.post(() => Promise.resolve(WELL), [{ connectionId: 'a' }], limits);
    expect(await time.run(next)).toEqual([posted]);
  });
});

describe('R7: one connection that refuses with 429', () => {
  const slow: Gateway = ({ connectionId }) => (connectionId.startsWith('slow') ? status(429) : WELL);

  it('is asked seven times at most, then recorded for the next attempt', async () => {
    for (const others of [0, 1, 9, 999]) {
      const { post, triesOf } = poster(slow);
      const outcomes = await post([...people(others), 'slow']);
      expect(outcomes).toEqual([
        ...Array<unknown>(others).fill(posted),
        { outcome: 'failed', reason: 'status_429' },
      ]);
      expect(triesOf('slow')).toHaveLength(7);
    }
  });

  it('is asked seven times also when fifty are like it, because the rest shows that the gateway is well', async () => {
    const { post, triesOf } = poster(slow);
    const ids = people(1000).map((id, index) => (index % 20 === 7 ? `slow${index}` : id));
    await post(ids);
    for (const id of ids.filter((one) => one.startsWith('slow'))) expect(triesOf(id)).toHaveLength(7);
  });

  it('gets the message if it reads again in time', async () => {
    const { post } = poster(({ connectionId, at }) =>
      connectionId === 'slow' && at < 300 ? status(429) : WELL,
    );
    expect((await post([...people(50), 'slow'])).at(-1)).toEqual(posted);
  });

  it('does not delay the others: 5 % slow and 50 % gone change their 99th percentile by less than 5 %', async () => {
    const p99 = async (gateway: Gateway) => {
      const { post, settledAt } = poster(gateway);
      const ids = people(2000).map((id, index) =>
        index % 20 === 0 ? `slow${index}` : index % 2 === 1 ? `gone${index}` : id,
      );
      await post(ids);
      const times = ids.filter((id) => id.startsWith('c')).map((id) => settledAt.get(id)!);
      return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
    };
    const without = await p99(() => WELL);
    const beside = await p99((sent) => (sent.connectionId.startsWith('gone') ? status(410) : slow(sent)));
    expect(beside / without).toBeLessThanOrEqual(1.05);
  });
});
