import type { Runtime } from '../../local/runtime';
import { connect } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { peopleAt, type Person } from '../support/people';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';

/** What signing in and out, the end of tokens and erasure use is seen in the journeys of these. */
const ELSEWHERE = [
  'function issue-ticket',
  'function sign-out',
  'function refresh',
  'function close-connections',
  'function revoke-access',
  'function erase-page',
  'state machine erase-person',
];

/** Grants for what goes wrong or comes late, by who holds them: journeys about that see to it that they are of use, if no
 * other then `rare-grants.test.ts`. */
const IN_OTHER_JOURNEYS: Readonly<Record<string, readonly string[]>> = {
  'function authorize': ['DeleteItem Tickets'],
  'function close-expired': [
    'BatchGetItem Connections',
    'DeleteItem Connections',
    'BatchWriteItem Audience',
    'BatchGetItem Members',
    'PutEvents bus',
    'ManageConnections POST',
    'ManageConnections DELETE',
  ],
  'function connect': [
    'DeleteItem Connections',
    'DeleteItem Members',
    'BatchGetItem Members',
    'GetItem Rooms',
  ],
  'function accept-message': ['GetItem Users'],
  'function rooms': ['DeleteItem Members', 'UpdateItem Rooms'],
  'function moderate': ['DeleteItem Members'],
  'function session': ['GetItem Members'],
  'function announce': [
    'DeleteItem Connections',
    'BatchWriteItem Audience',
    'BatchGetItem Members',
    'PutEvents bus',
    'ManageConnections DELETE',
  ],
  'function claim-and-plan': ['GetItem Outbox', 'GetItem Deliveries', 'Query Deliveries'],
  'function post-to-part': ['BatchGetItem Audience', 'Query Deliveries', 'PutItem Deliveries'],
  'function prune-part': ['GetItem Deliveries'],
  'state machine fan-out': ['InvokeFunction prunepart', 'SendMessage failedfanouts'],
};

/**
 * IAM is enforced here as on AWS, so a grant that is missing makes a journey fail. These two take every path of chatting, and
 * so show that no grant of it is superfluous; `npm run iam` shows that over all tests.
 */
describe('every grant of the template', () => {
  let runtime: Runtime;
  const refused: string[] = [];

  beforeAll(async () => {
    runtime = await startTestRuntime({
      speed: 10,
      context: { segmentSize: '1', inlineParts: '1' },
      log: (line) => line.includes('AccessDenied') && refused.push(line),
    });
  }, 60_000);
  afterAll(() => runtime.close());

  test('is asked for in a journey through both tiers, a prune and a sweep', async () => {
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
    await eventually(() => expect(runtime.clock.now() - since).toBeGreaterThan(61_000), { timeout: 20_000 });
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

  test('S1, least privilege: is asked for by every command that has a route of its own', async () => {
    const pool = new UserPool(runtime);
    const { person, signedIn } = peopleAt(
      () => runtime.url,
      () => pool,
    );
    const join = () => person('Bob', { room: 'lobby', secret: 'secret-of-Bob' });
    const [ann, bob] = [await signedIn('Ann', { room: 'lobby' }), await join()];
    const ask = async (one: Person, action: string, fields: object = {}) => {
      const reply = await one.ask(action, fields);
      expect({ action, ...reply }).toMatchObject({ action, ok: true });
      return reply as Record<string, unknown>;
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
    const refusal = await bob.ask('sendMessage', { roomId, message: 'still me', clientMessageId: 'm2' });
    expect(refusal).toMatchObject({ ok: false });
    await ask(bob, 'joinRoom', { roomId });
    await ask(ann, 'setRole', { ...someone, role: 'moderator' });
    for (const action of ['remove', 'ban', 'unban']) await ask(ann, action, someone);
    const meeting = await ask(ann, 'createMeeting', { data: { group_name: 'All of it', approval: true } });
    for (const action of ['refuse', 'admit']) {
      await ask(bob, 'joinMeeting', { data: { group_id: meeting.group_id } });
      await ask(ann, action, { roomId: meeting.roomId, userId });
    }
    await ask(ann, 'revokeCode', { roomId: meeting.roomId });
    await bob.client.close();
    const back = await join();
    await ask(back, 'resume', { rooms: { [String(meeting.roomId)]: { epoch: meeting.epoch, seq: 0 } } });
    await ask(ann, 'closeRoom', { roomId });
    await ann.client.close();
    await back.client.close();
    pool.close();
    await runtime.stateMachines.idle();
  }, 60_000);

  test('was of use, and no other was asked for', () => {
    const unused = runtime.iam
      .usage()
      .filter(
        ({ users, checked, used }) => checked && !used && !users.every((user) => ELSEWHERE.includes(user)),
      )
      .map(({ users, action, resource }) => ({ user: users.join(), grant: inShort(action, resource) }))
      .filter(({ user, grant }) => !IN_OTHER_JOURNEYS[user]?.includes(grant));
    expect(unused).toEqual([]);
    expect(refused).toEqual([]);
  });
});

/** e.g. `GetItem Outbox`, `ManageConnections DELETE`: CDK's names end in eight digits, the bus's stage in front. */
function inShort(action: string, resource: string): string {
  const name =
    /\/(POST|DELETE)\/@connections/.exec(resource)?.[1] ??
    /(?:-|chat)([A-Za-z]+)[0-9A-F]{8}(?:\/|$)/.exec(resource)?.[1] ??
    resource;
  const index = /\/index\/\w+$/.exec(resource)?.[0] ?? '';
  return `${action.slice(action.indexOf(':') + 1)} ${name}${index}`;
}
