import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';

/** Ten times as fast: the minute in which a 410 may mean "still connecting" takes six seconds. */
const SPEED = 10;

describe('R8: connections that are gone without a word', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  let george: ChatClient;
  let elaine: ChatClient;

  beforeAll(async () => {
    runtime = await startTestRuntime({ speed: SPEED });
    deployed = new Deployed(runtime.endpoint);
    george = await connect(`${runtime.url}?name=George`);
    elaine = await connect(`${runtime.url}?name=Elaine`);
  }, 60_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  });

  const namesStored = async () => (await deployed.rows('Connections')).map(({ name }) => name).sort();

  test('S1, one failed connection; S4, GoneException: one that was killed, its $disconnect lost, is found by its 410 and pruned by the workflow; nobody else is touched', async () => {
    await deployed.faults('gateway.disconnect:drop');
    const newman = await connect(`${runtime.url}?name=Newman`);
    const [row] = (await deployed.rows('Connections')).filter(({ name }) => name === 'Newman');
    newman.kill();
    await eventually(() => expect(runtime.gateway.connections()).toHaveLength(2));
    await eventually(() => expect(runtime.clock.now() - row!.openedAt).toBeGreaterThan(61_000), {
      timeout: 20_000,
    });
    expect(await namesStored()).toEqual(['Elaine', 'George', 'Newman']);

    george.send('{"action":"sendMessage","message":"hello, Newman"}');
    const { messageId } = await george.next({ ok: true });
    await elaine.next({ messageId });
    await eventually(async () => expect(await namesStored()).toEqual(['Elaine', 'George']));
    // Its row goes before its places in the audience, so those may be there a moment longer.
    await eventually(async () => {
      const audience = await deployed.rows('Audience');
      expect(audience.map(({ userId }) => userId)).not.toContain(row!.userId);
      expect(audience).toHaveLength(4);
    });

    await runtime.stateMachines.idle();
    const [execution] = await deployed.fanOuts();
    expect(await deployed.statesEntered(execution!.executionArn!)).toContain('Prune part');
    const [record] = (await deployed.rows('Deliveries')).filter(({ part }) => part !== 'plan');
    expect(record).toMatchObject({ posted: [expect.anything()], gone: [expect.anything()], failed: [] });
    await deployed.faults('');

    // The next message does not try it any more.
    george.send('{"action":"sendMessage","message":"anybody?"}');
    const next = await george.next({ ok: true });
    await elaine.next({ messageId: next.messageId });
    await runtime.stateMachines.idle();
    const records = (await deployed.rows('Deliveries')).filter(
      ({ part, messageId: id }) => part !== 'plan' && id === next.messageId,
    );
    expect(records).toEqual([expect.objectContaining({ gone: [], failed: [] })]);
  });

  test('a post while the upgrade is under way does not prune: the connection opens and has its message by the next attempt', async () => {
    // $connect has stored its rows and holds the upgrade: for the gateway there is no connection yet.
    await deployed.faults('function.invoke[connect]:linger(3s)@1');
    const opening = connect(`${runtime.url}?name=Kramer`);
    await eventually(async () => expect(await namesStored()).toContain('Kramer'));
    george.send('{"action":"sendMessage","message":"giddy up"}');
    const { messageId } = await george.next({ ok: true });
    await elaine.next({ messageId });
    const kramer = await opening;
    expect(await namesStored()).toContain('Kramer');
    await eventually(() => expect(kramer.frames).toContainEqual(expect.objectContaining({ messageId })), {
      timeout: 20_000,
    });
    // Elaine, who has it, was not posted to again.
    await eventually(async () =>
      expect((await deployed.rows('Outbox')).every(({ state }) => state === 'closed')).toBe(true),
    );
    expect(
      elaine.frames.filter((frame) => (frame as { messageId?: string }).messageId === messageId),
    ).toHaveLength(1);
    await deployed.faults('');
    kramer.kill();
  });
});
