import { functions, workflows, type FunctionName, type FunctionWiring } from '../../handlers/wiring';
import type { Runtime } from '../../local/runtime';
import { entriesOf } from '../../stacks/constructs/records';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';

/**
 * IAM is not enforced here yet, so a grant that is missing would show on AWS only. What each role really calls in a
 * full journey is recorded and compared with its wiring row, which the stacks' tests compare with the template.
 */
describe('what functions and workflows call', () => {
  let runtime: Runtime;
  const called = new Map<string, Set<string>>();

  beforeAll(async () => {
    runtime = await startTestRuntime({ speed: 10, context: { segmentSize: '1', inlineParts: '1' } });
    const { services } = runtime;
    const call = services.call.bind(services);
    services.call = (service, action, input, caller) => {
      const name = ownerOf(caller.principal);
      if (name !== undefined) {
        const tables = service === 'dynamodb' ? tablesOf(input).map((table) => `${action} ${table}`) : [];
        const seen = called.get(name) ?? new Set();
        for (const one of service === 'dynamodb' ? tables : [`${service}:${action}`]) seen.add(one);
        called.set(name, seen);
      }
      return call(service, action, input, caller);
    };
  }, 60_000);
  afterAll(() => runtime.close());

  test('is seen in a journey through both tiers, a prune and a sweep', async () => {
    const deployed = new Deployed(runtime.endpoint);
    const closed = (count: number) =>
      eventually(
        async () => {
          const rows = await deployed.rows('Outbox');
          expect(rows.map(({ state }) => state)).toEqual(Array.from({ length: count }, () => 'closed'));
        },
        { timeout: 25_000 },
      );
    const george = await connect(`${runtime.url}?name=George`);
    george.send({ action: 'sendMessage', message: 'inline' });
    await george.next({ ok: true });
    await closed(1);

    await deployed.faults('gateway.disconnect:drop');
    const lost = await Promise.all([1, 2, 3].map((n) => connect(`${runtime.url}?name=lost-${n}`)));
    const since = runtime.clock.now();
    for (const one of lost) one.kill();
    await eventually(() => expect(runtime.clock.now() - since).toBeGreaterThan(61_000), { timeout: 10_000 });
    await deployed.faults('bus.put:refuse@1');
    george.send({ action: 'sendMessage', message: 'broadcast, by the sweep' });
    await george.next({ ok: true });
    await closed(2);
    await eventually(async () => expect(await deployed.rows('Connections')).toHaveLength(1));
    await george.close();
    await eventually(async () => expect(await deployed.rows('Connections')).toEqual([]));
    await runtime.stateMachines.idle();
    deployed.close();
  }, 90_000);

  test('is seen in every command that has a route of its own', async () => {
    const join = (name: string) =>
      connect(`${runtime.url}?name=${name}`, { protocols: [`guest.secret-of-${name}`] });
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    let id = 0;
    const ask = async (client: ChatClient, action: string, fields: object = {}) => {
      client.send({ action, id: (id += 1), ...fields });
      const reply = await client.next({ id });
      expect({ action, ...reply }).toMatchObject({ action, ok: true });
      return reply as Record<string, string>;
    };
    const { userId } = await ask(bob, 'hello');
    const { roomId } = await ask(ann, 'createRoom', { name: 'everything' });
    const someone = { roomId, userId };
    await ask(bob, 'joinRoom', { roomId });
    await ask(bob, 'setName', { name: 'Robert' });
    const { messageId } = await ask(bob, 'sendMessage', { roomId, message: 'hi', clientMessageId: 'm1' });
    await ask(ann, 'editMessage', { messageId, message: 'ho' });
    await ask(ann, 'deleteMessage', { messageId });
    await ask(ann, 'sendPrivate', { to: 'Robert', message: 'psst' });
    for (const action of ['ping', 'rooms', 'members', 'typing']) await ask(bob, action);
    await ask(bob, 'receipt', { roomId, readSeq: 1 });
    await ask(bob, 'signal', { to: (await ask(ann, 'hello')).userId, data: 1 });
    await ask(bob, 'history', { roomId });
    await ask(bob, 'leaveRoom', { roomId });
    await ask(bob, 'joinRoom', { roomId });
    await ask(ann, 'setRole', { ...someone, role: 'moderator' });
    for (const action of ['remove', 'ban', 'unban']) await ask(ann, action, someone);
    const meeting = await ask(ann, 'createMeeting', { data: { group_name: 'All of it', approval: true } });
    for (const action of ['refuse', 'admit']) {
      await ask(bob, 'joinMeeting', { data: { group_id: meeting.group_id } });
      await ask(ann, action, { roomId: meeting.roomId, userId });
    }
    await ask(ann, 'revokeCode', { roomId: meeting.roomId });
    await bob.close();
    const back = await join('Bob');
    await ask(back, 'resume', { rooms: { [meeting.roomId!]: { epoch: meeting.epoch, seq: 0 } } });
    await ask(ann, 'closeRoom', { roomId });
    await ann.close();
    await runtime.stateMachines.idle();
  }, 60_000);

  test('is what their rows in the wiring allow', () => {
    expect([...called.keys()].sort()).toEqual([...Object.keys(functions), ...Object.keys(workflows)].sort());
    const without = [...called].flatMap(([name, calls]) => {
      const allowed = allowedTo(name);
      return [...calls].filter((one) => !allowed.has(one)).map((one) => `${name}: ${one}`);
    });
    expect(without).toEqual([]);
  });
});

/** The wiring's name of the role that CDK called `<stack>-<name>role<hash>`; undefined for services and operators. */
function ownerOf(principal: string): string | undefined {
  const names = [...Object.keys(functions), ...Object.keys(workflows)];
  return names.find((name) => new RegExp(`-${name.replaceAll('-', '')}role[0-9A-F]{8}`).test(principal));
}

function tablesOf(input: object): string[] {
  const request = input as { TableName?: string; RequestItems?: object };
  const names =
    request.TableName === undefined ? Object.keys(request.RequestItems ?? {}) : [request.TableName];
  return names.map((name) => /-([A-Za-z]+)[0-9A-F]{8}$/.exec(name)?.[1] ?? name);
}

function allowedTo(name: string): Set<string> {
  const isWorkflow = name in workflows;
  const row: FunctionWiring | (typeof workflows)['fan-out'] | (typeof workflows)['broadcast'] = isWorkflow
    ? workflows[name as keyof typeof workflows]
    : functions[name as FunctionName];
  const allowed = new Set(
    entriesOf(row.tables ?? {}).flatMap(([table, actions]) =>
      ((actions as readonly string[]) ?? []).map((action) => `${action} ${table}`),
    ),
  );
  if ('publishes' in row) allowed.add('events:PutEvents');
  if ('alerts' in row) allowed.add('sns:Publish');
  if ('steps' in row) allowed.add('lambda:Invoke');
  if ('queues' in row) allowed.add('sqs:SendMessage');
  if ('starts' in row || 'distributes' in row) allowed.add('states:StartExecution');
  return allowed;
}
