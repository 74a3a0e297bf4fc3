import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ListQueuesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Runtime } from '../../local/runtime';
import { connect, UpgradeRefused, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { found, overhearEvents, readSinks, SINKS, type Overheard, type Sink } from '../support/sinks';
import { temporaryFolder } from '../support/temporary-folder';
import { UserPool } from '../support/user-pool';

/** Each is found nowhere but where it belongs. Names and rooms are lower case, as channels are. */
const CANARIES: Record<string, string> = {
  text: 'canary-text-7f3a',
  'refused text': 'canary-refused-91bc',
  edit: 'canary-edit-55aa',
  'private text': 'canary-private-c0de',
  signal: 'canary-signal-88d1',
  name: 'canary-name-12ef',
  'new name': 'canary-renamed-34ab',
  'signed-in name': 'canary-signedin-6a6a',
  channel: 'canary-channel-9d9d',
  meeting: 'canary-meeting-4e4e',
  'e-mail': 'canary-mail-77aa@example.com',
  'guest secret': 'canary-secret-0f0f-0f0f',
  'broken secret': 'canary broken secret!'.replaceAll(' ', '-'),
  'broken token': 'canary-token-no-jwt',
  'broken ticket': 'canary-ticket-unknown',
  'unknown action': 'canary-action-2b2b',
  'unknown field': 'canary-field-3c3c',
};
/** These are made as the test goes: tokens, tickets and join codes are random. */
const secrets: Record<string, string> = {};
const PATIENCE = { timeout: 40_000, interval: 50 };
/** Five minutes of the bus's tries pass in fifteen seconds, and the hour of a token in three minutes. */
const SPEED = 20;

describe('canaries in all that people say, show and are called', () => {
  const folder = temporaryFolder();
  const clients: ChatClient[] = [];
  let runtime: Runtime;
  let deployed: Deployed;
  let pool: UserPool;
  let overheard: Overheard;
  let sinks: Record<Sink, string>;
  let lastMessageId: string;

  async function enter(query: string, options: Parameters<typeof connect>[1] = {}): Promise<ChatClient> {
    const client = await connect(`${runtime.url}${query}`, options);
    clients.push(client);
    return client;
  }
  async function refused(query: string, options: Parameters<typeof connect>[1] = {}): Promise<void> {
    await expect(enter(query, options)).rejects.toThrow(UpgradeRefused);
  }
  /** Signs in with a real token and by ticket, and tries what is none. */
  async function handshakes(): Promise<void> {
    const { 'signed-in name': person = '', ...known } = CANARIES;
    await pool.add(person, ['agents']);
    secrets.token = await pool.signIn(person);
    const headers = { Authorization: `Bearer ${secrets.token}` };
    const http = pool.output('HttpUrl').replace(/\/$/, '');
    await eventually(async () => {
      const answer = await fetch(`${http}/tickets`, { method: 'POST', headers });
      secrets.ticket = String(((await answer.json()) as { ticket: unknown }).ticket);
      // It lives for a second and a half here, which is short on a busy machine.
      await enter(`?ticket=${secrets.ticket}`);
    }, PATIENCE);
    await refused(`?ticket=${secrets.ticket}`);
    await enter('', { headers });
    await enter('', { protocols: ['parley.v1', `bearer.${secrets.token}`] });
    // A signature is the part that nobody may learn; the rest is in it too.
    const tampered = `${secrets.token.slice(0, -8)}AAAAAAAA`;
    for (const token of [tampered, known['broken token']!])
      await refused('', { headers: { Authorization: `Bearer ${token}` } });
    await refused('', { protocols: ['parley.v1', `bearer.${known['broken token']}`] });
    await refused(`?ticket=${known['broken ticket']}`);
    await refused('', { protocols: ['parley.v1', `guest.${known['broken secret']}`] });
    for (const path of ['/tickets', '/sign-out'])
      await fetch(`${http}${path}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${known['broken token']}` },
      });
    const signedOut = await fetch(`${http}/sign-out`, { method: 'POST', headers });
    expect(signedOut.status).toBe(204);
    await refused('', { headers });
    // Of a token any long piece is as bad as the whole.
    const [, payload = '', signature = ''] = secrets.token.split('.');
    Object.assign(secrets, { payload, signature });
  }

  /** Says and does what there is, well and badly. */
  async function conversation(): Promise<void> {
    const known = CANARIES as Readonly<Record<string, string>> & { readonly text: string };
    const query = new URLSearchParams({ name: known.name!, room: known.channel! }).toString();
    const ann = await enter(`?${query}`, { protocols: ['parley.v1', `guest.${known['guest secret']}`] });
    const bob = await enter(`?name=Bob&room=${known.channel}`);
    const hello = await bob.ask('hello');
    const sent = await ann.ask('sendMessage', { message: known.text });
    await bob.next({ type: 'message', message: known.text });
    await ann.ask('editMessage', { messageId: sent.messageId, message: known.edit });
    await ann.ask('sendPrivate', { to: hello.userId, message: known['private text'] });
    await ann.ask('setName', { name: known['new name'] });
    await ann.ask('typing', { roomId: sent.roomId });
    await ann.ask('signal', {
      to: (await bob.ask('hello')).connectionId,
      data: { sdp: known.signal },
    });
    const data = { group_name: known.meeting, user_name: known.name, email: known['e-mail'] };
    const meeting = await ann.ask('createMeeting', { data });
    secrets['join code'] = String(
      [meeting.group_id, meeting.code, (meeting.data as { group_id?: unknown } | undefined)?.group_id].find(
        (code) => typeof code === 'string',
      ),
    );
    await bob.ask('joinMeeting', { data: { group_id: secrets['join code'] } });
    await bob.ask('history', { roomId: sent.roomId });
    await bob.ask('resume', { rooms: { [String(sent.roomId)]: { epoch: sent.epoch, seq: 0 } } });

    // Refused: not JSON, not known, not allowed, too long.
    ann.send(`{"action":"sendMessage","message":"${known['refused text']}"`);
    await ann.next({ ok: false });
    ann.send({ action: known['unknown action'], message: known['refused text'] });
    await ann.next({ ok: false });
    await ann.ask('sendMessage', {
      message: known['refused text'],
      [known['unknown field']!]: known['refused text'],
    });
    await ann.ask('sendMessage', { room: 'r_00000000000000', message: known['refused text'] });
    await ann.ask('sendMessage', { message: `${known['refused text']}${'x'.repeat(9000)}` });
    await ann.ask('sendPrivate', { to: known['unknown field'], message: known['refused text'] });
    await ann.ask('joinRoom', { room: `${known.channel}\u202e` });
    await bob.ask('joinMeeting', { data: { group_id: `${known['unknown field']}` } });

    // And with the world failing: functions log, events wait in a queue.
    await deployed.faults('table.write[Outbox]:fail');
    await ann.ask('sendMessage', { message: known['refused text'] });
    await deployed.faults('function.invoke[accept-message]:throw');
    ann.send({ action: 'sendMessage', message: known['refused text'] });
    await deployed.faults('states.start[fan-out]:refuse');
    const late = await ann.ask('sendMessage', { message: known.text });
    lastMessageId = String(late.messageId);
    await eventually(async () => {
      const bodies = await deployed.queued('undeliverable-events');
      expect(bodies.some((body) => body.includes(lastMessageId))).toBe(true);
    }, PATIENCE);
    await deployed.faults('');
  }

  beforeAll(async () => {
    const terminal: string[] = [];
    runtime = await startTestRuntime({
      data: folder,
      speed: SPEED,
      log: (line) => terminal.push(line),
      // With a key of its own, which the template then has everywhere and nothing here minds.
      context: { alertPreviewCharacters: '0', logLevel: 'debug', encryption: 'own' },
    });
    deployed = new Deployed(runtime.endpoint);
    pool = new UserPool(runtime);
    const frames = () => clients.flatMap((client) => client.frames);
    overheard = { terminal, events: overhearEvents(runtime), frames, folder };
    await handshakes();
    await conversation();
    for (const client of clients) await client.close();
    await eventually(async () => {
      const states = (await deployed.rows('Outbox')).map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(['closed']));
    }, PATIENCE);
    await runtime.stateMachines.idle();
    sinks = await readSinks(runtime, deployed, overheard);
  }, 120_000);
  afterAll(async () => {
    pool.close();
    deployed.close();
    await runtime.close();
  });

  test('were all taken: text, names and rooms are in the tables, and every secret was given', async () => {
    const rows = JSON.stringify([
      ...(await Promise.all(
        (['ChatHistory', 'Users', 'Rooms'] as const).map((table) => deployed.rows(table)),
      )),
    ]);
    for (const kept of ['text', 'edit', 'private text', 'new name', 'channel', 'meeting', 'e-mail'])
      expect(rows).toContain(CANARIES[kept]);
    for (const [name, secret] of Object.entries(secrets))
      expect([name, secret.length]).toEqual([name, expect.any(Number)]);
    expect(Object.values(secrets).every((secret) => secret.length > 10)).toBe(true);
  });

  test('are in no log line, execution, event, queue, error frame, page, bill or file, and in an alert only its sender and room', () => {
    // docs/personal-data.md says it of alerts; the text is a preview, here of no characters.
    expect(found({ ...CANARIES, ...secrets }, sinks)).toEqual([
      'name in topics',
      'new name in topics',
      'channel in topics',
      'meeting in topics',
    ]);
  });

  test('would have been found: every sink was read and has something in it that belongs there', () => {
    const belongs: Record<Sink, string> = {
      'log groups': lastMessageId,
      terminal: 'ERROR',
      executions: lastMessageId,
      events: lastMessageId,
      queues: lastMessageId,
      topics: lastMessageId,
      'error frames': 'bad_request',
      pages: lastMessageId,
      bill: 'DynamoDB',
      files: lastMessageId,
    };
    for (const sink of SINKS)
      expect([sink, ...found({ it: belongs[sink] }, sinks)]).toContain(`it in ${sink}`);
  });

  test('are caught where somebody plants them, in every sink that can be written to', async () => {
    const planted = 'Planted-canary';
    const { endpoint } = runtime;
    const place = { endpoint, region: 'us-east-1' };
    runtime.logs.append('/aws/lambda/planted', 'stream', JSON.stringify({ text: planted }));
    overheard.terminal.push(`ERROR ${planted}`);
    const [execution] = await deployed.executions('fan-out');
    const sfn = new SFNClient(place);
    const { stateMachineArn } = execution!;
    await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ text: planted }) }));
    const { QueueUrls = [] } = await deployed.sqs.send(new ListQueuesCommand({}));
    for (const QueueUrl of QueueUrls)
      await deployed.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: planted }));
    const bridge = new EventBridgeClient(place);
    const Detail = JSON.stringify({ text: planted });
    await bridge.send(
      new PutEventsCommand({
        Entries: [{ EventBusName: pool.output('BusName'), Source: 'x', DetailType: 'x', Detail }],
      }),
    );
    const sns = new SNSClient(place);
    await sns.send(new PublishCommand({ TopicArn: pool.output('AgentsTopicArn'), Message: planted }));
    clients[0]!.frames.push({ ok: false, error: { message: planted } });
    for (const client of [sfn, bridge, sns]) client.destroy();
    await eventually(async () => {
      const after = found({ it: planted }, await readSinks(runtime, deployed, overheard));
      // The bill has numbers and AWS's words alone. The page of an execution shows its input.
      expect(after).toEqual(SINKS.filter((sink) => sink !== 'bill').map((sink) => `it in ${sink}`));
    }, PATIENCE);
  });
});
