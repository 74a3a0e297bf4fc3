import { upTo, world } from './recorded';

const MINUTE = 60_000;

describe('the client library keeps a connection', () => {
  test('S3, keep-alive: that is silent pings every 4 to 5 minutes, so that it outlives the 10 minutes of API Gateway', async () => {
    const { time, server, client } = world();
    const { client: george } = client({ timing: { replaceMs: [1e9, 1e9] } });
    server.limits = { lifetimeMs: Infinity, idleMs: 10 * MINUTE };
    george.start();
    await time.pass(3 * 60 * MINUTE);
    const pings = server.received.filter(({ action }) => action === 'ping').length;
    expect(pings).toBeGreaterThanOrEqual((3 * 60) / 5 - 1);
    expect(pings).toBeLessThanOrEqual((3 * 60) / 4);
    expect(server.connections).toBe(1);
    george.close();
  });

  test.each([
    ['10 forced closes at 2 hours', { pingMs: undefined, replaceMs: [1e9, 1e9] as const }, 20],
    ['10 idle periods of 10 minutes', { pingMs: [1e9, 1e9] as const, replaceMs: [1e9, 1e9] as const }, 2],
  ])('lives through %s without a lost message', async (_, { pingMs, replaceMs }, hours) => {
    const { time, server, client } = world();
    server.limits = { lifetimeMs: 120 * MINUTE, idleMs: 10 * MINUTE };
    const timing = pingMs === undefined ? { replaceMs } : { pingMs, replaceMs };
    const { client: george, seqs, others } = client({ timing });
    george.start();
    await time.pass(1000);
    for (let passed = 0; passed < hours * 60; passed += 11) {
      server.post('lobby', `after ${passed} minutes`);
      await time.pass(11 * MINUTE);
    }
    await time.pass(20 * MINUTE);
    const lost = others.filter(({ type }) => type === 'disconnected').length;
    expect(lost).toBeGreaterThanOrEqual(10);
    expect(server.connections).toBe(lost + 1);
    expect(seqs()).toEqual(upTo(server.room('lobby').log.length));
    george.close();
  });

  test('comes back after a lost one, each time later, and never all clients at the same time', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    await time.pass(1000);
    server.refuses = 5;
    server.cut();
    await time.pass(2 * MINUTE);
    expect(server.connections).toBe(7);
    expect(others.map(({ type }) => type)).toEqual([
      'connected',
      ...Array<string>(6).fill('disconnected'),
      'connected',
    ]);
    expect(others.at(-2)).toMatchObject({ reason: 'Unexpected server response: 429' });
    george.close();
  });

  test('says how long it is until the next try, so that a person can be told', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    const told: { afterMs: number; at: number }[] = [];
    george.on('reconnecting', ({ afterMs }) => told.push({ afterMs, at: time.now() }));
    george.start();
    await time.pass(1000);
    expect(told).toEqual([]);
    const before = server.connections;
    server.cut();
    await time.pass(0);
    expect(told).toHaveLength(1);
    const { afterMs, at } = told[0]!;
    await time.pass(at + afterMs - time.now() - 1);
    expect(server.connections).toBe(before);
    await time.pass(1);
    expect(server.connections).toBe(before + 1);
    george.close();
  });

  test('is replaced before 2 hours, make before break: nothing is missed, and the old one goes', async () => {
    const { time, server, client } = world();
    const { client: george, seqs, others } = client();
    george.start();
    await time.pass(1000);
    for (let minute = 1; minute <= 125; minute += 1) {
      server.post('lobby', `minute ${minute}`);
      await time.pass(MINUTE);
    }
    expect(server.connections).toBe(2);
    expect(server.sessions.size).toBe(1);
    expect(seqs()).toEqual(upTo(125));
    expect(others.map(({ type }) => type)).toEqual(['connected']);
    george.close();
  });

  test('whose replacement fails stays in use, and the replacement is tried again', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    await time.pass(90 * MINUTE);
    server.refuses = 3;
    await time.pass(25 * MINUTE);
    expect(server.connections).toBe(5);
    expect(server.sessions.size).toBe(1);
    expect(others.map(({ type }) => type)).toEqual(['connected']);
    george.close();
  });

  test('that is half-open is noticed by the ping without a pong', async () => {
    const { time, server, client } = world();
    const { client: george, seqs } = client();
    george.start();
    await time.pass(1000);
    for (const { side } of server.sessions) side.silence();
    server.post('lobby', 'into the void');
    await time.pass(6 * MINUTE);
    expect(server.connections).toBe(2);
    expect(seqs()).toEqual([1]);
    george.close();
  });

  test('ends for good with a bye of 3500 and above, and says so', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    await time.pass(1000);
    for (const { side } of server.sessions) {
      server.push(side, { type: 'bye', code: 3501, name: 'banned', reconnect: false, afterMs: [0, 0] });
    }
    await time.pass(10 * MINUTE);
    expect(server.connections).toBe(1);
    expect(others.at(-1)).toEqual({ type: 'ended', code: 3501, reason: 'banned' });
    await expect(george.send('lobby', 'too late')).rejects.toMatchObject({ reason: 'closed' });
    await expect(george.commands.rooms()).rejects.toMatchObject({ reason: 'closed' });
  });

  test('comes back after a bye that asks for it, within the time that it gives', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    george.start();
    await time.pass(1000);
    for (const { side } of server.sessions) {
      const bye = {
        type: 'bye',
        code: 3010,
        name: 'unknown_connection',
        reconnect: true,
        afterMs: [200, 300],
      };
      server.push(side, bye);
    }
    await time.pass(150);
    expect(server.connections).toBe(1);
    await time.pass(1000);
    expect(server.connections).toBe(2);
    expect(server.sessions.size).toBe(1);
    george.close();
  });

  test('that was woken looks at once whether it still lives', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    george.start();
    await time.pass(1000);
    george.wake();
    await time.pass(100);
    expect(server.received.at(-1)).toMatchObject({ action: 'ping' });
    server.refuses = 100;
    server.cut();
    await time.pass(10 * MINUTE);
    server.refuses = 0;
    george.wake();
    await time.pass(100);
    expect(server.sessions.size).toBe(1);
    george.close();
  });

  test('asks for an address each time, so that a ticket for one use can be fetched, and survives its failing', async () => {
    const { time, server, client } = world();
    let tickets = 0;
    const { client: george } = client({
      url: () => {
        tickets += 1;
        return tickets === 2
          ? Promise.reject(new Error('no ticket'))
          : Promise.resolve(`ws://fake/dev?ticket=${tickets}`);
      },
    });
    george.start();
    await time.pass(1000);
    server.cut();
    await time.pass(5000);
    expect(tickets).toBe(3);
    expect(server.sessions.size).toBe(1);
    george.close();
  });

  test('asks for an address again where that takes for ever', async () => {
    const { time, client } = world();
    let asked = 0;
    const url = () => {
      asked += 1;
      return asked === 1 ? new Promise<string>(() => {}) : 'ws://fake/dev';
    };
    const { client: george, others } = client({ url });
    george.start();
    await time.pass(60_000);
    expect([asked, others.map(({ type }) => type)]).toEqual([2, ['disconnected', 'connected']]);
    george.close();
  });

  test('closed by its owner leaves no timer and no socket behind, whatever was under way', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    george.start();
    await time.pass(95 * MINUTE);
    server.fails = ({ action }) =>
      action === 'resume' ? { message: 'Internal server error', requestId: 'r' } : undefined;
    const unsent = Promise.allSettled([george.send('lobby', 'hello'), george.commands.rooms()]);
    await time.pass(12 * MINUTE);
    server.cut();
    await time.pass(200);
    george.close();
    await time.pass(100);
    await unsent;
    expect(server.sessions.size).toBe(0);
    expect(time.alarms).toBe(0);
  });

  test('closed by its owner stays closed, also while it connects', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    george.close();
    george.close();
    await time.pass(10 * MINUTE);
    expect(server.sessions.size).toBe(0);
    expect(others.map(({ type }) => type)).toEqual(['ended']);
  });
});
