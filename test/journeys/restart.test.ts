import { DescribeMapRunCommand } from '@aws-sdk/client-sfn';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { spawnRuntime, type SpawnedRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';

const PATIENCE = { timeout: 20_000, interval: 50 };

describe('a restart', () => {
  const folder = temporaryFolder();
  let runtime: SpawnedRuntime | undefined;
  const start = () => spawnRuntime(['--port', '0', '--data', folder, '--speed', '60']);
  afterAll(() => runtime?.kill());

  /**
   * Connects after a restart, which sets a clock that runs faster back. Where that is less than a minute, the limits take
   * it for clocks that differ and have people wait for it.
   */
  const connectAgain = (url: string) => eventually(() => connect(url), PATIENCE);

  const acceptedBy = (client: ChatClient) =>
    client.frames.flatMap((frame) => {
      const { ok, seq } = frame as { ok?: boolean; seq?: number };
      return ok === true && seq !== undefined ? [seq] : [];
    });

  test('S0, stability: by kill -9 during traffic loses no accepted message and no number, and stale connections block nothing', async () => {
    runtime = await start();
    const george = await connect(`${runtime.url}?name=George`);
    await connect(`${runtime.url}?name=Elaine`);
    for (let index = 1; index <= 60; index += 1) {
      george.send({ action: 'sendMessage', message: `before ${index}`, id: index });
    }
    await eventually(() => expect(acceptedBy(george).length).toBeGreaterThan(20), PATIENCE);
    await runtime.kill();
    const accepted = acceptedBy(george);

    runtime = await start();
    const deployed = new Deployed(runtime.endpoint);
    const jerry = await connectAgain(`${runtime.url}?name=Jerry`);
    const kept = (await deployed.rows('Outbox')).map(({ seq }) => seq).sort((a, b) => a - b);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => index + 1));
    expect(kept).toEqual(expect.arrayContaining(accepted));

    const newcomer = await connectAgain(`${runtime.url}?name=Kramer`);
    newcomer.send({ action: 'sendMessage', message: 'after' });
    const reply = await newcomer.next({ ok: true });
    expect(reply.seq).toBe(kept.length + 1);
    await jerry.next({ messageId: reply.messageId });

    // Every entry is fanned out to its end, also those whose event or execution died with the process.
    await eventually(
      async () => {
        const rows = await deployed.rows('Outbox');
        expect(rows.filter(({ state }) => state !== 'closed')).toEqual([]);
      },
      { timeout: 40_000, interval: 200 },
    );
    const archived = (await deployed.rows('ChatHistory')).map(({ seq }) => seq);
    expect(archived.sort((a, b) => a - b)).toEqual([...kept, kept.length + 1]);
    const live = (await deployed.rows('Connections')).map(({ name }) => name).sort();
    expect(live).toEqual(['Jerry', 'Kramer']);
    deployed.close();
  }, 120_000);

  test('by kill -9 leaves open entries open, and who is in the room afterwards receives them', async () => {
    const data = temporaryFolder();
    // No event leaves, so what is accepted stays open until the faults are taken back.
    const silent = ['--port', '0', '--data', data, '--speed', '60', '--faults', 'bus.put:refuse'];
    const first = await spawnRuntime(silent);
    let second: SpawnedRuntime | undefined;
    try {
      const george = await connect(`${first.url}?name=George`);
      const accepted: string[] = [];
      for (const id of [1, 2, 3]) {
        george.send({ action: 'sendMessage', message: `kept ${id}`, id });
        accepted.push((await george.next({ ok: true, id })).messageId as string);
      }
      await first.kill();

      second = await spawnRuntime(silent);
      const deployed = new Deployed(second.endpoint);
      const open = (await deployed.rows('Outbox')).filter(({ state }) => state === 'open');
      expect(open.map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
      const elaine = await connectAgain(`${second.url}?name=Elaine`);
      await deployed.faults('');
      await eventually(
        () => {
          const received = elaine.frames.map((frame) => (frame as { messageId?: string }).messageId);
          expect(received).toEqual(expect.arrayContaining(accepted));
        },
        { timeout: 40_000, interval: 100 },
      );
      deployed.close();
    } finally {
      await first.kill();
      await second?.kill();
    }
  }, 120_000);

  test('by kill -9 in the middle of a broadcast shows the operator that it was cut off by that, with its Map Run, and the next attempt ends it', async () => {
    const options = ['--port', '0', '--data', temporaryFolder(), '--speed', '60', '-c', 'alerts=off'];
    const broadcasting = [...options, '-c', 'segmentSize=2', '-c', 'inlineParts=1'];
    const first = await spawnRuntime([
      ...broadcasting,
      '--faults',
      'function.invoke[post-to-part]:slow(50s)',
    ]);
    let second: SpawnedRuntime | undefined;
    try {
      const before = new Deployed(first.endpoint);
      const members = [];
      for (let index = 0; index < 6; index += 1) members.push(await connect(first.url));
      members[0]!.send({ action: 'sendMessage', message: 'to all of you' });
      const { messageId } = await members[0]!.next({ ok: true });
      const executionArn = await eventually(async () => {
        const started = await before.executions('broadcast');
        const [run] = started.filter(({ name }) => name === `${String(messageId)}-1`);
        expect(await before.mapRuns(run!.executionArn!)).toHaveLength(1);
        return run!.executionArn!;
      }, PATIENCE);
      before.close();
      await first.kill();

      second = await spawnRuntime(broadcasting);
      const deployed = new Deployed(second.endpoint);
      const cutOff = (await deployed.executions('broadcast')).find(
        (one) => one.executionArn === executionArn,
      );
      const cause = expect.stringContaining('The local runtime ended while this execution was running');
      expect(cutOff).toMatchObject({ status: 'ABORTED', cause });
      expect(await deployed.statesEntered(executionArn)).toEqual([
        'Which parts are missing?',
        'Post to every missing part',
      ]);
      const [mapRunArn] = await deployed.mapRuns(executionArn);
      expect(await deployed.states.send(new DescribeMapRunCommand({ mapRunArn }))).toMatchObject({
        status: 'ABORTED',
        itemCounts: { total: 3, aborted: 3 },
      });
      const page = await fetch(`${second.endpoint}/console/${encodeURIComponent(executionArn)}`);
      const shown = await page.text();
      for (const words of ['The local runtime ended', 'Map Run · ABORTED', '3 items: 3 aborted'])
        expect(shown).toContain(words);

      // Its lease runs out, and the sweep starts the next attempt.
      await eventually(
        async () => {
          expect(await deployed.rows('Outbox')).toMatchObject([{ state: 'closed' }]);
          const [last] = await deployed.executions('broadcast');
          expect(last).toMatchObject({ status: 'SUCCEEDED' });
        },
        { timeout: 60_000, interval: 200 },
      );
      deployed.close();
    } finally {
      await first.kill();
      await second?.kill();
    }
  }, 180_000);

  test('by Ctrl-C says goodbye to every socket, runs their $disconnect and goes on with the same rows', async () => {
    runtime ??= await start();
    const george = await connect(`${runtime.url}?name=George`);
    const first = new Deployed(runtime.endpoint);
    const before = (await first.rows('ChatHistory')).length;
    first.close();
    expect(await runtime.stop()).toBe(0);
    expect((await george.closed).code).toBe(1001);

    runtime = await start();
    const deployed = new Deployed(runtime.endpoint);
    expect(await deployed.rows('Connections')).toEqual([]);
    expect(await deployed.rows('ChatHistory')).toHaveLength(before);
    const elaine = await connectAgain(`${runtime.url}?name=Elaine`);
    elaine.send({ action: 'sendMessage', message: 'and on we go' });
    expect(await elaine.next({ ok: true })).toMatchObject({ seq: before + 1 });
    deployed.close();
  }, 60_000);
});
