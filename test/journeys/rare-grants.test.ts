import { randomBytes } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { BatchWriteItemCommand, ListTablesCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ACCESS_REVOKED, EVENT_SOURCE, MESSAGE_ACCEPTED } from '../../handlers/chat/events';
import type { Runtime } from '../../local/runtime';
import { connect } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { idOf, peopleAt, type Person } from '../support/people';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';

const PATIENCE = { timeout: 20_000, interval: 50 };
const SPEED = 20;

/** What goes wrong seldom enough that no other journey comes by: each is a grant that must be there all the same. */
describe('what happens rarely', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  let pool: UserPool;
  let events: EventBridgeClient;
  const { person, signedIn, goodbye } = peopleAt(
    () => runtime.url,
    () => pool,
  );

  beforeAll(async () => {
    // One part, however many are in it.
    runtime = await startTestRuntime({ speed: SPEED, context: { inlineParts: '1' }, log: () => {} });
    deployed = new Deployed(runtime.endpoint);
    pool = new UserPool(runtime);
    events = new EventBridgeClient({
      endpoint: runtime.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }, 120_000);
  afterEach(async () => {
    goodbye();
    await deployed.faults('');
  });
  afterAll(async () => {
    pool.close();
    events.destroy();
    deployed.close();
    await runtime.close();
  });

  const used = (user: string, action: string, resource: RegExp) =>
    runtime.iam
      .usage()
      .filter((one) => one.users.includes(user) && one.action === action && resource.test(one.resource))
      .map((one) => one.used);

  const tableNamed = async (table: string) => {
    const { TableNames = [] } = await deployed.dynamodb.send(new ListTablesCommand({}));
    return TableNames.find((name) => new RegExp(`-${table}[0-9A-F]{8}`).test(name));
  };

  /** Ends a membership as its expiry would, before DynamoDB's TTL has deleted the row. */
  const expireMember = async (roomId: string, userId: string) =>
    deployed.dynamodb.send(
      new UpdateItemCommand({
        TableName: await tableNamed('Members'),
        Key: marshall({ roomId, userId }),
        UpdateExpression: 'SET expiresAt = :past',
        ConditionExpression: 'attribute_exists(standing)',
        ExpressionAttributeValues: marshall({ ':past': Math.floor(Date.now() / 1000) - 60 }),
      }),
    );

  const put = (type: string, detail: object) =>
    events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: pool.output('BusName'),
            Source: EVENT_SOURCE,
            DetailType: type,
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    );

  test('an expired membership is replaced when its person connects, joins or is banned', async () => {
    const guest = () => person('Gus', { room: 'lobby', secret: 'secret-of-gus' });
    const ann = await signedIn('ann', { room: 'lobby' });
    const gus = await guest();
    const userId = await idOf(gus);
    const { roomId } = await ann.ask('hello').then((hello) => (hello.rooms as { roomId: string }[])[0]!);

    /** Again where DynamoDB's TTL was faster this time. */
    const replaces = (user: string, inRoom: string, act: () => Promise<unknown>) =>
      eventually(async () => {
        await expireMember(inRoom, userId);
        await act();
        expect(used(user, 'dynamodb:DeleteItem', /Members/)).toEqual([true]);
      }, PATIENCE);
    await replaces('function connect', roomId, guest);
    const again = await guest();

    const { roomId: club } = await ann.ask('createRoom', { name: 'club' });
    expect(await again.ask('joinRoom', { roomId: club })).toMatchObject({ ok: true });
    await replaces('function rooms', String(club), async () =>
      expect(await again.ask('joinRoom', { roomId: club })).toMatchObject({ ok: true }),
    );
    await replaces('function moderate', String(club), async () =>
      expect(await ann.ask('ban', { roomId: club, userId })).toMatchObject({ ok: true }),
    );
    expect(await again.ask('joinRoom', { roomId: club })).toMatchObject({
      error: { name: 'permission_denied' },
    });
  });

  test('a connect that fails half way leaves nothing of it', async () => {
    await deployed.faults('table.write[*Audience*]:fail');
    await expect(connect(`${runtime.url}?name=Half`)).rejects.toThrow();
    await deployed.faults('');
    expect((await deployed.rows('Connections')).filter(({ name }) => name === 'Half')).toEqual([]);
    expect(used('function connect', 'dynamodb:DeleteItem', /Connections/)).toEqual([true]);
  }, 60_000);

  test('a device that is gone is pruned by a private message too', async () => {
    const bob = await person('Bob', { room: 'lobby' });
    const lost: Person = await person('Lost', { room: 'elsewhere', secret: 'secret-of-lost' });
    const to = await idOf(lost);
    await deployed.faults('gateway.disconnect:drop');
    const since = runtime.clock.now();
    lost.client.kill();
    // A younger one might not be open yet, and counts as failed.
    await eventually(() => expect(runtime.clock.now() - since).toBeGreaterThan(61_000), PATIENCE);
    expect(await bob.ask('sendPrivate', { to, message: 'are you there?' })).toMatchObject({ ok: true });
    await eventually(async () => {
      const rows = await deployed.rows('Connections');
      expect(rows.filter(({ userId }) => userId === to)).toEqual([]);
    }, PATIENCE);
    expect(used('function prune-part', 'dynamodb:GetItem', /Deliveries/)).toEqual([true]);
  }, 60_000);

  test('a part of more than a page is noted page by page', async () => {
    const one = await person('One', { room: 'full house' });
    const { roomId } = await one.ask('hello').then((hello) => (hello.rooms as { roomId: string }[])[0]!);
    const Audience = (await tableNamed('Audience'))!;
    // Nobody has these connections; a page has 1,000.
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    const batch = () =>
      Array.from({ length: 25 }, () => ({
        PutRequest: {
          Item: marshall({
            ...{ partition: roomId, slot: randomBytes(16).toString('hex'), expiresAt },
            ...{ connectionId: `${randomBytes(8).toString('base64url')}=`, userId: 'u_of_nobody' },
          }),
        },
      }));
    await Promise.all(
      Array.from({ length: 42 }, () =>
        deployed.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [Audience]: batch() } })),
      ),
    );
    const { messageId } = await one.ask('sendMessage', { message: 'anybody?' });
    await eventually(
      async () => {
        const records = (await deployed.rows('Deliveries')).filter(
          (row) => row.messageId === messageId && row.part !== 'plan',
        );
        // The record, and the stretch that has a row of its own.
        expect(records.map(({ finished }) => finished).sort()).toEqual([false, true]);
      },
      { timeout: 40_000, interval: 250 },
    );
    expect(used('function post-to-part', 'dynamodb:PutItem', /Deliveries/)).toEqual([true]);
    await runtime.stateMachines.idle();
  }, 90_000);

  test('an event that no message stands behind is kept for an operator', async () => {
    await put(MESSAGE_ACCEPTED, { messageId: 'r_none.1', roomId: 'r_none', seq: 1, attempt: 0 });
    await eventually(async () => {
      const bodies = await deployed.queued('failed-fanouts');
      expect(bodies.map((body) => JSON.parse(body) as unknown)).toMatchObject([
        { reason: 'invalid', messageId: 'r_none.1' },
      ]);
    }, PATIENCE);
    expect(used('state machine fan-out', 'sqs:SendMessage', /failedfanouts/)).toEqual([true]);
  }, 60_000);

  test('an event at which closing connections fails for good is kept, and closes them when it is sent again', async () => {
    const eve = await signedIn('eve', { room: 'lobby' });
    const userId = await idOf(eve);
    const detail = { userId, reason: 'signed_out' };
    // At once, and after one and two minutes.
    await deployed.faults('function.invoke[close-connections]:throw@3');
    await put(ACCESS_REVOKED, detail);
    const [kept] = await eventually(async () => {
      const bodies = await deployed.queued('undeliverable-events');
      expect(bodies).toHaveLength(1);
      return bodies;
    }, PATIENCE);
    expect(used('function close-connections', 'sqs:SendMessage', /undeliverableevents/)).toEqual([true]);
    const event = JSON.parse(kept!) as { detail: object };
    expect(event.detail).toEqual(detail);
    await deployed.invoke('close-connections', event);
    await eve.client.closed;
  }, 60_000);
});
