import { EventBridgeClient, ListEventBusesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { spawnRuntime, type SpawnedRuntime } from '../support/runtime';

/**
 * Leases of 90 s, sweeps of a minute and the bus's 5 minutes, sixty times as fast. Faults are put into the running
 * process, which is `npm start`'s own.
 */
const SPEED = '60';
const PATIENCE = { timeout: 20_000, interval: 50 };

describe('faults in a running process', () => {
  let runtime: SpawnedRuntime;
  let deployed: Deployed;
  let george: ChatClient;
  let elaine: ChatClient;

  async function start(args: readonly string[] = []): Promise<void> {
    runtime = await spawnRuntime(['--port', '0', '--ephemeral', '--speed', SPEED, ...args]);
    deployed = new Deployed(runtime.endpoint);
    george = await connect(`${runtime.url}?name=George`);
    elaine = await connect(`${runtime.url}?name=Elaine`);
  }
  async function stop(): Promise<void> {
    deployed.close();
    await runtime.stop();
  }

  const post = async (text: string) => {
    george.send({ action: 'sendMessage', message: text });
    return (await george.next({ ok: true })).messageId as string;
  };
  const copies = (client: ChatClient, messageId: string) =>
    client.frames.filter((frame) => (frame as { messageId?: string }).messageId === messageId).length;
  const arrived = (messageId: string) =>
    eventually(() => expect(copies(elaine, messageId)).toBeGreaterThan(0), PATIENCE);
  const entry = async (messageId: string) =>
    (await deployed.rows('Outbox')).find(({ roomId, seq }) => `${roomId}.${seq}` === messageId);
  const closed = (messageId: string) =>
    eventually(async () => expect(await entry(messageId)).toMatchObject({ state: 'closed' }), PATIENCE);

  describe('in the inline tier', () => {
    beforeAll(() => start(), 60_000);
    afterAll(stop, 30_000);
    afterEach(() => deployed.faults(''));

    test('S1, a store that triggers: with the bus refusing events a message still gets its ok, and arrives through the sweep once the bus is back', async () => {
      await deployed.faults('bus.put:refuse');
      const messageId = await post('the bus is down');
      expect(await entry(messageId)).toMatchObject({ state: 'open', attempt: 0 });
      expect(copies(elaine, messageId)).toBe(0);
      await deployed.faults('');
      await arrived(messageId);
      await closed(messageId);
      expect(copies(elaine, messageId)).toBe(1);
    });

    test('with single entries failing in an otherwise successful PutEvents it is the same', async () => {
      await deployed.faults('bus.put:fail@1');
      const messageId = await post('an entry was lost');
      await arrived(messageId);
      await closed(messageId);
    });

    test('a worker that throws leads to the failure path, an open entry, and delivery by the next attempt', async () => {
      // Twice: the first try of the step and its one retry.
      await deployed.faults('function.invoke[post-to-part]:throw@2');
      const messageId = await post('the worker throws');
      await eventually(
        async () =>
          expect(await entry(messageId)).toMatchObject({ attempt: 1, lastFailure: 'recipients_missed' }),
        PATIENCE,
      );
      const failed = (await deployed.executions('fan-out')).find(({ input }) => input!.includes(messageId))!;
      expect(failed).toMatchObject({ status: 'FAILED', error: 'FanOutIncomplete' });
      const states = await deployed.statesEntered(failed.executionArn!);
      expect(states).toContain('The part failed');
      expect(states).toContain('Record the failure');
      await arrived(messageId);
      await closed(messageId);
      expect(await entry(messageId)).toMatchObject({ attempt: 2 });
      expect(copies(elaine, messageId)).toBe(1);
      expect(
        (await deployed.rows('ChatHistory')).filter(({ roomId, seq }) => `${roomId}.${seq}` === messageId),
      ).toHaveLength(1);
    });

    test('a worker that is killed after its posts leaves outcomes that are known, and nobody is posted to twice', async () => {
      await deployed.faults('function.invoke[post-to-part]:kill@2');
      const messageId = await post('the worker dies');
      await arrived(messageId);
      await closed(messageId);
      expect(copies(elaine, messageId)).toBe(1);
    });

    test('the same event delivered three times causes one fan-out', async () => {
      await deployed.faults('bus.deliver:repeat(3)@1');
      const messageId = await post('three times');
      await arrived(messageId);
      await closed(messageId);
      const executions = await eventually(async () => {
        const ours = (await deployed.executions('fan-out')).filter(({ input }) => input!.includes(messageId));
        expect(ours.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
        return ours;
      }, PATIENCE);
      const entered = await Promise.all(executions.map((one) => deployed.statesEntered(one.executionArn!)));
      expect(entered.filter((states) => states.includes('Post to part'))).toHaveLength(1);
      expect(entered.filter((states) => states.includes('Someone else has it'))).toHaveLength(2);
      expect(copies(elaine, messageId)).toBe(1);
    });

    test('an Express execution that AWS runs twice posts once, because the second run does not own the claim', async () => {
      await deployed.faults('states.express[fan-out]:twice@1');
      const messageId = await post('run twice');
      await arrived(messageId);
      await closed(messageId);
      await eventually(async () => {
        const ours = (await deployed.executions('fan-out')).filter(({ input }) => input!.includes(messageId));
        expect(ours.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
      }, PATIENCE);
      expect(copies(elaine, messageId)).toBe(1);
    });

    test('an execution that is killed after its claim is started again when its lease ends', async () => {
      await deployed.faults('function.invoke[post-to-part]:slow(300ms)@1; states.run[fan-out]:kill(150ms)@1');
      const messageId = await post('killed half-way');
      await arrived(messageId);
      await closed(messageId);
      expect(await entry(messageId)).toMatchObject({ attempt: 2 });
    });

    test('StartExecution refused for good puts the event into undeliverable-events, and the message still arrives', async () => {
      await deployed.faults('states.start[fan-out]:refuse');
      const messageId = await post('no execution starts');
      await eventually(async () => {
        const bodies = await deployed.queued('undeliverable-events');
        expect(bodies.some((body) => body.includes(messageId))).toBe(true);
      }, PATIENCE);
      await deployed.faults('');
      await arrived(messageId);
      await closed(messageId);
    }, 60_000);

    test('an event without a valid outbox entry ends in failed-fanouts and carries no more than where to look', async () => {
      const bus = new EventBridgeClient({ endpoint: runtime.endpoint });
      const { EventBuses = [] } = await bus.send(new ListEventBusesCommand({}));
      const EventBusName = EventBuses.map(({ Name }) => Name!).find((name) => name.includes('parley'))!;
      const detail = { messageId: 'r_nowhere.7', roomId: 'r_nowhere', seq: 7, attempt: 0 };
      const put = (Detail: string) =>
        bus.send(
          new PutEventsCommand({
            Entries: [{ EventBusName, Source: 'parley', DetailType: 'MessageAccepted', Detail }],
          }),
        );
      await put(JSON.stringify(detail));
      await put(JSON.stringify({ poison: 'secret text' }));
      const bodies = await eventually(async () => {
        const queued = await deployed.queued('failed-fanouts');
        expect(queued).toHaveLength(2);
        return queued.map((body) => JSON.parse(body) as { reason: string; messageId: string | null });
      }, PATIENCE);
      expect(bodies.map(({ reason, messageId }) => ({ reason, messageId }))).toEqual(
        expect.arrayContaining([
          { reason: 'invalid', messageId: 'r_nowhere.7' },
          { reason: 'invalid', messageId: null },
        ]),
      );
      expect(JSON.stringify(bodies)).not.toContain('secret text');
      bus.destroy();
    });

    test('an accept-message that is killed after its effect answers with the platform’s error, and the message arrives', async () => {
      await deployed.faults('function.invoke[accept-message]:kill@1');
      george.send({ action: 'sendMessage', message: 'the answer was lost' });
      await george.next({ message: 'Internal server error' });
      const push = await elaine.next({ message: 'the answer was lost' });
      await closed(String(push.messageId));
    });

    test('S1, errors echo the exception: an internal error reaches the client as code 100 with a trace id and no exception text', async () => {
      await deployed.faults('table.write[Outbox]:fail');
      george.send({ action: 'sendMessage', message: 'the table is down' });
      const { error } = await george.next({ ok: false });
      expect(error).toEqual({
        code: 100,
        name: 'internal',
        message: expect.not.stringMatching(/Error|Exception|at /),
        temporary: true,
        traceId: expect.any(String),
      });
    });
  });

  describe('in the broadcast tier', () => {
    beforeAll(() => start(['-c', 'segmentSize=1', '-c', 'inlineParts=1']), 60_000);
    afterAll(stop, 30_000);

    test('a broadcast execution that is killed is started again when its lease ends', async () => {
      await connect(`${runtime.url}?name=Jerry`);
      await deployed.faults('states.run[broadcast]:kill@1');
      const messageId = await post('killed in the middle');
      await arrived(messageId);
      await closed(messageId);
      expect(await entry(messageId)).toMatchObject({ attempt: 2 });
      const names = (await deployed.executions('broadcast')).map(({ name, status }) => `${name} ${status}`);
      expect(names.sort()).toEqual([`${messageId}-1 ABORTED`, `${messageId}-2 SUCCEEDED`]);
      await deployed.faults('');
    });

    test('an alert that fails keeps nobody waiting, and the next attempt alerts without posting again', async () => {
      const [sender, ...others] = await Promise.all(
        ['Jerry', 'Newman', 'Kramer'].map((name) =>
          connect(`${runtime.url}?name=${name}&room=the+alert+fails`),
        ),
      );
      // Twice: the first try of the step and its one retry.
      await deployed.faults('function.invoke[alert-agents]:throw@2');
      sender!.send({ action: 'sendMessage', message: 'can an agent help?' });
      const messageId = (await sender!.next({ ok: true })).messageId as string;
      await eventually(
        async () =>
          expect(await entry(messageId)).toMatchObject({
            ...{ state: 'open', attempt: 1, lastFailure: 'agents_not_alerted' },
          }),
        PATIENCE,
      );
      expect(others.map((client) => copies(client, messageId))).toEqual([1, 1]);
      await closed(messageId);
      expect(await entry(messageId)).toMatchObject({ attempt: 2, alertedAt: expect.any(Number) });
      expect(others.map((client) => copies(client, messageId))).toEqual([1, 1]);
    });
  });
});
