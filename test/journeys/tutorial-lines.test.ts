import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { OPERATOR_KEY } from '../../local/credentials';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';

describe('the lines of the tutorials, through real sockets', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  let george: ChatClient;
  let elaine: ChatClient;
  let jerry: ChatClient;

  beforeAll(async () => {
    runtime = await startTestRuntime();
    deployed = new Deployed(runtime.endpoint);
    george = await connect(`${runtime.url}?name=George`);
    elaine = await connect(`${runtime.url}?name=Elaine`);
    jerry = await connect(`${runtime.url}?name=Jerry`);
    await runtime.bus.idle();
    await runtime.stateMachines.idle();
  }, 60_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  });

  test.each([
    ['{"action":"default","message":"yo yo honey singh"}', 'yo yo honey singh'],
    [
      '{ "sender": "JohnDoe", "action": "sendMessage", "message": "Hello, this is a test message!" }',
      'Hello, this is a test message!',
    ],
    ['{"action":"sendPublic","message":"Hello world"}', 'Hello world'],
    ['{"action":"onMessage","data":"Hello world"}', 'Hello world'],
    ['{"action":"sendmessage","data":"hi"}', 'hi'],
  ])(
    'S0, sendPublic; S1, default; S1, the client says who it is; S3, onMessage; S4, in real time; S4, sendMessage: %s reaches every other member once, from George, and the sender gets a reply instead',
    async (line, text) => {
      const before = george.frames.length;
      george.send(line);
      const reply = await george.next({ ok: true });
      expect(reply).toMatchObject({ room: 'lobby', seq: expect.any(Number), duplicate: false });
      for (const member of [elaine, jerry]) {
        const push = await member.next({ type: 'message', messageId: reply.messageId });
        expect(push).toMatchObject({ sender: 'George', message: text, seq: reply.seq, epoch: reply.epoch });
      }
      await runtime.stateMachines.idle();
      for (const member of [elaine, jerry]) {
        expect(member.frames.filter((frame) => isPushOf(frame, reply.messageId))).toHaveLength(1);
      }
      expect(george.frames.slice(before)).toEqual([reply]);
    },
  );

  test.each([
    ['{"action":"nope"}', 'unknown_action', '/action'],
    ['{"action":"default"}', 'bad_request', '/message'],
    ['this is not JSON', 'bad_request', undefined],
    ['["a","list"]', 'bad_request', undefined],
    ['{"action":"sendMessage","message":7}', 'bad_request', '/message'],
    ['{"action":"sendMessage","message":"hi","room":"elsewhere"}', 'unknown_room', '/room'],
  ])(
    'S0, routes; S1, missing message: %s is answered with %s and the socket stays open',
    async (line, name, field) => {
      george.send(line);
      const reply = await george.next({ ok: false });
      expect(reply.error).toMatchObject({ name, temporary: false, traceId: expect.any(String) });
      expect((reply.error as { field?: string }).field).toBe(field);
      george.send('{"action":"sendMessage","message":"still here","id":"after"}');
      expect(await george.next({ id: 'after' })).toMatchObject({ ok: true });
    },
  );

  test('S4, no echo: with echo the sender gets the push too', async () => {
    george.send('{"action":"sendMessage","message":"hear myself","echo":true}');
    await george.next({ ok: true });
    await george.next({ type: 'message', message: 'hear myself' });
  });

  test('a text above the limit is refused as too_large, counted in bytes', async () => {
    george.send({ action: 'sendMessage', message: 'é'.repeat(4001) });
    expect((await george.next({ ok: false })).error).toMatchObject({ name: 'too_large', code: 122 });
  });

  test('S3, 128 KB message, 32 KB frame: a frame of 40 KB closes the socket with 1009, as AWS does', async () => {
    const loud = await connect(`${runtime.url}?name=Newman`);
    loud.send({ action: 'sendMessage', message: 'x'.repeat(40 * 1024) });
    expect((await loud.closed).code).toBe(1009);
  });

  test('a member of another room gets nothing of this one', async () => {
    const kramer = await connect(`${runtime.url}?name=Kramer&room=cellar`);
    george.send('{"action":"sendMessage","message":"only the lobby"}');
    await elaine.next({ message: 'only the lobby' });
    await runtime.stateMachines.idle();
    expect(kramer.frames).toEqual([]);
    kramer.send('{"action":"sendMessage","message":"first down here"}');
    expect(await kramer.next({ ok: true })).toMatchObject({ room: 'cellar', seq: 1 });
  });

  test('S0, callback address: the callback address of the outputs takes a signed POST to the client, and answers 403 to an unsigned one', async () => {
    const { CallbackUrl: endpoint } = Object.assign({}, ...Object.values(runtime.outputs)) as {
      CallbackUrl: string;
    };
    const row = (await deployed.rows('Connections')).find(({ name }) => name === 'Jerry')!;
    const signing = { endpoint, region: 'us-east-1', credentials: OPERATOR_KEY };
    const client = new ApiGatewayManagementApiClient(signing);
    await client.send(
      new PostToConnectionCommand({ ConnectionId: row.connectionId, Data: '{"from":"a backend"}' }),
    );
    client.destroy();
    await jerry.next({ from: 'a backend' });
    const address = `${endpoint}/@connections/${encodeURIComponent(row.connectionId)}`;
    expect((await fetch(address, { method: 'POST', body: '{}' })).status).toBe(403);
  });

  test('S0, routes; S1, connection table; S4, WebSocketConnections: a connection row appears with the socket and is gone after it closes', async () => {
    const banya = await connect(`${runtime.url}?name=Banya`);
    const names = async () => (await deployed.rows('Connections')).map(({ name }) => name);
    expect(await names()).toContain('Banya');
    await banya.close();
    await eventually(async () => expect(await names()).not.toContain('Banya'));
  });
});

function isPushOf(frame: unknown, messageId: unknown): boolean {
  return (frame as { messageId?: unknown; type?: unknown }).messageId === messageId;
}
