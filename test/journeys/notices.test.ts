import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findInstallation } from '../../bin/operations/installation';
import { createAudience } from '../../handlers/aws/audience';
import { audienceRows } from '../../handlers/chat/connections';
import {
  MEMBER_JOINED,
  MEMBER_LEFT,
  MEMBER_RENAMED,
  MEMBER_TYPING,
  RECEIPTS_GIVEN,
} from '../../handlers/chat/events';
import { channelId } from '../../handlers/chat/ids';
import { TALKATIVE_ROOM } from '../../handlers/chat/audience';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient, type Frame } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { aConnection } from '../support/memory/examples';
import { startTestRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';

/** Ten seconds of the workflow's pass in two and a half: long enough to come back in, short enough to wait for. */
const SPEED = 4;
let device = 0;

/** A guest who comes back as the same person with the same secret. */
const asGuest = (secret: string) => ({ protocols: ['parley.v1', `guest.${secret}`] });
const newSecret = () => `a-secret-of-the-test-${(device += 1)}`;

const typesOf = ({ frames }: ChatClient) => frames.flatMap((frame) => typeOf(frame) ?? []);
const typeOf = (frame: Frame) => (typeof frame === 'object' ? frame.type : undefined);

/**
 * Waits until so many executions have dealt with notices of this type about a room, and no more run. That nobody was
 * told of something can only be seen then.
 */
async function dealtWith(deployed: Deployed, type: string, room: string, count: number): Promise<void> {
  await eventually(
    async () => {
      const about = (await deployed.executions('fan-out')).filter(
        ({ input = '' }) => input.includes(`"${type}"`) && input.includes(channelId(room)),
      );
      expect(about.map(({ status }) => status)).toEqual(Array(count).fill('SUCCEEDED'));
    },
    { timeout: 20_000, interval: 50 },
  );
}

describe('notices, through real sockets', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  beforeAll(async () => {
    runtime = await startTestRuntime();
    deployed = new Deployed(runtime.endpoint);
  }, 60_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  });

  const inRoom = (room: string, name: string, secret?: string) =>
    connect(
      `${runtime.url}?room=${room}${name === '' ? '' : `&name=${name}`}`,
      secret === undefined ? {} : asGuest(secret),
    );

  test('S0, setName: {"action":"setName","name":"George"} of somebody nameless tells the others within a second that George has joined the chat', async () => {
    const elaine = await inRoom('coffee', 'Elaine');
    const guest = await inRoom('coffee', '');
    const began = performance.now();
    guest.send('{"action":"setName","name":"George"}');
    const push = await elaine.next({ type: 'joined', name: 'George' });
    // A second where the machine has nothing else to do.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(push).toMatchObject({ text: 'George has joined the chat', room: 'coffee' });
    await dealtWith(deployed, MEMBER_JOINED, 'coffee', 2);
    await dealtWith(deployed, MEMBER_RENAMED, 'coffee', 1);
    expect(typesOf(elaine)).toEqual(['joined']);
    expect(typesOf(guest).filter((type) => type !== 'joined')).toEqual([]);
  });

  test('George, who changes his name to Joe, is now called Joe, once in each room, on all devices', async () => {
    const elaine = await inRoom('rename', 'Elaine');
    const secret = newSecret();
    const george = await inRoom('rename', 'George', secret);
    await elaine.next({ type: 'joined', name: 'George' });
    const phone = await inRoom('rename', 'George', secret);
    expect(await phone.ask('setName', { name: 'Joe' })).toMatchObject({ ok: true, name: 'Joe' });
    expect(await elaine.next({ type: 'renamed' })).toMatchObject({ text: 'George is now called Joe' });
    await george.next({ type: 'renamed', name: 'Joe' });
    expect(await george.ask('hello')).toMatchObject({ name: 'Joe' });
    george.send({ action: 'sendMessage', message: 'it is me' });
    expect(await elaine.next({ type: 'message' })).toMatchObject({ sender: 'Joe' });
    await dealtWith(deployed, MEMBER_RENAMED, 'rename', 1);
    await dealtWith(deployed, MEMBER_JOINED, 'rename', 3);
    expect(typesOf(elaine)).toEqual(['joined', 'renamed', 'message']);
  });

  test('a second device of somebody joins without a word', async () => {
    const elaine = await inRoom('devices', 'Elaine');
    const secret = newSecret();
    await inRoom('devices', 'George', secret);
    await elaine.next({ type: 'joined', name: 'George' });
    await inRoom('devices', 'George', secret);
    await dealtWith(deployed, MEMBER_JOINED, 'devices', 3);
    expect(typesOf(elaine)).toEqual(['joined']);
  });

  test('typing reaches the others at most once in three seconds, and leaves no number behind', async () => {
    const elaine = await inRoom('typing', 'Elaine');
    const george = await inRoom('typing', 'George');
    await elaine.next({ type: 'joined' });
    for (let key = 0; key < 3; key += 1) expect(await george.ask('typing')).toMatchObject({ ok: true });
    expect(await elaine.next({ type: 'typing' })).toMatchObject({ name: 'George', room: 'typing' });
    await dealtWith(deployed, MEMBER_TYPING, 'typing', 1);
    expect(typesOf(elaine)).toEqual(['joined', 'typing']);
    expect(typesOf(george)).not.toContain('typing');
    const { rooms } = await elaine.ask('ping');
    expect(rooms).toEqual({ [channelId('typing')]: { epoch: expect.any(String), seq: 0 } });
  });

  test('receipts that come within a second arrive in one push', async () => {
    const elaine = await inRoom('receipts', 'Elaine');
    const george = await inRoom('receipts', 'George');
    const jerry = await inRoom('receipts', 'Jerry');
    await elaine.ask('sendMessage', { message: 'read me' });
    const given = await Promise.all([george, jerry].map((client) => client.ask('receipt', { readSeq: 1 })));
    expect(given).toEqual(Array(2).fill(expect.objectContaining({ ok: true, receivedSeq: 1, readSeq: 1 })));
    const { receipts } = await elaine.next({ type: 'receipts', room: 'receipts' });
    expect(receipts).toHaveLength(2);
    expect(receipts).toEqual(Array(2).fill(expect.objectContaining({ receivedSeq: 1, readSeq: 1 })));
    await dealtWith(deployed, RECEIPTS_GIVEN, 'receipts', 1);
    expect(typesOf(elaine).filter((type) => type === 'receipts')).toHaveLength(1);
    expect(await george.ask('receipt', { readSeq: 1 })).toMatchObject({
      error: { name: 'too_many_requests', retryAfterMs: expect.any(Number) },
    });
    expect(await george.ask('hello')).toMatchObject({
      rooms: [{ room: 'receipts', unread: 0 }],
    });
    expect(await elaine.ask('hello')).toMatchObject({
      rooms: [{ room: 'receipts', unread: 1 }],
    });
  });

  test('S0, calls: a signal reaches the devices of somebody in the same room, and nobody elsewhere', async () => {
    const george = await inRoom('call', 'George');
    const secret = newSecret();
    const phone = await inRoom('call', 'Elaine', secret);
    const elsewhere = await inRoom('elsewhere', 'Elaine', secret);
    const { userId: elaine } = await phone.ask('hello');
    const { userId: sender, connectionId } = await george.ask('hello');
    const data = { type: 'offer', sdp: 'v=0' };
    expect(await george.ask('signal', { to: elaine, data })).toMatchObject({ ok: true, posted: 1 });
    expect(await phone.next({ type: 'signal' })).toEqual({
      type: 'signal',
      userId: sender,
      name: 'George',
      connectionId,
      data,
    });
    const stranger = await inRoom('far-away', 'Newman');
    const refused = await stranger.ask('signal', { to: elaine, data });
    expect(refused).toMatchObject({ ok: false, error: { name: 'bad_request', field: '/to' } });
    expect(typesOf(elsewhere)).not.toContain('signal');
  });

  test('a room of more than 200 connections hears no notices, but messages all the same', async () => {
    const installation = await findInstallation({ endpoint: runtime.endpoint });
    const crowd = Array.from({ length: TALKATIVE_ROOM }, () =>
      aConnection(Date.now(), { rooms: [channelId('crowd')] }),
    );
    await createAudience().join(crowd.flatMap(audienceRows));
    const elaine = await inRoom('crowd', 'Elaine');
    const george = await inRoom('crowd', 'George');
    await george.ask('setName', { name: 'Joe' });
    await george.ask('typing');
    await george.ask('receipt', { readSeq: 0 });
    await dealtWith(deployed, MEMBER_JOINED, 'crowd', 2);
    await dealtWith(deployed, MEMBER_RENAMED, 'crowd', 1);
    await dealtWith(deployed, MEMBER_TYPING, 'crowd', 0);
    expect(elaine.frames).toEqual([]);
    await george.ask('sendMessage', { message: 'anybody?' });
    await elaine.next({ type: 'message', sender: 'Joe' });
    await george.close();
    await eventually(async () => {
      const there = (await deployed.rows('Audience')).filter(
        ({ partition }) => partition === channelId('crowd'),
      );
      expect(there).toHaveLength(TALKATIVE_ROOM + 1);
    });
    // Nobody was told that he was there, so his leaving starts nothing that would wait for him to come back.
    await dealtWith(deployed, MEMBER_LEFT, 'crowd', 0);
    installation.close();
  });
});

describe('leaving, with the clock sped up', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  beforeAll(async () => {
    runtime = await startTestRuntime({ speed: SPEED });
    deployed = new Deployed(runtime.endpoint);
  }, 60_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  });

  const inRoom = (room: string, name: string, secret = newSecret()) =>
    connect(`${runtime.url}?room=${room}&name=${name}`, asGuest(secret));

  test('somebody whose last connection closed has left the chat, ten seconds later', async () => {
    const elaine = await inRoom('leaving', 'Elaine');
    const george = await inRoom('leaving', 'George');
    await elaine.next({ type: 'joined', name: 'George' });
    const began = performance.now();
    await george.close();
    const push = await elaine.next({ type: 'left' });
    expect((performance.now() - began) * SPEED).toBeGreaterThan(9900);
    expect(push).toMatchObject({ name: 'George', text: 'George has left the chat', room: 'leaving' });
  });

  test('whoever comes back within ten seconds never left, and neither did who has another device there', async () => {
    const elaine = await inRoom('returning', 'Elaine');
    const secret = newSecret();
    const george = await inRoom('returning', 'George', secret);
    await elaine.next({ type: 'joined', name: 'George' });
    await george.close();
    const again = await inRoom('returning', 'George', secret);
    await dealtWith(deployed, MEMBER_LEFT, 'returning', 1);
    const phone = await inRoom('returning', 'George', secret);
    await again.close();
    await dealtWith(deployed, MEMBER_LEFT, 'returning', 2);
    await dealtWith(deployed, MEMBER_JOINED, 'returning', 4);
    expect(typesOf(elaine)).toEqual(['joined']);
    await phone.close();
    await elaine.next({ type: 'left', name: 'George' });
  });

  test('somebody who left and comes back later joins anew', async () => {
    const elaine = await inRoom('anew', 'Elaine');
    const secret = newSecret();
    const george = await inRoom('anew', 'George', secret);
    await elaine.next({ type: 'joined', name: 'George' });
    await george.close();
    await elaine.next({ type: 'left', name: 'George' });
    await inRoom('anew', 'George', secret);
    await elaine.next({ type: 'joined', name: 'George' });
  });
});

describe('what notices leave behind', () => {
  const NAMES = ['Canaryfirstname', 'Canarysecondname'] as const;
  const TEXT = 'canary-7f3a-signal';
  const folder = temporaryFolder();

  test('is ids: no name and no text is in an event, an execution, a queue or a log', async () => {
    const runtime = await startTestRuntime({ data: folder, speed: SPEED });
    const deployed = new Deployed(runtime.endpoint);
    try {
      const elaine = await connect(`${runtime.url}?name=Elaine`);
      const guest = await connect(runtime.url);
      for (const name of NAMES) await guest.ask('setName', { name });
      await guest.ask('typing');
      await guest.ask('receipt', { readSeq: 0 });
      const { userId } = await elaine.ask('hello');
      await guest.ask('signal', { to: userId, data: TEXT });
      await guest.ask('setName', { name: `${NAMES[0]}\u0007` });
      await eventually(() => expect(typesOf(elaine)).toContain('renamed'));
      await guest.close();
      await elaine.next({ type: 'left', name: NAMES[1] });
      await runtime.stateMachines.idle();
      const executions = await deployed.executions('fan-out');
      const seen = executions.map(({ input }) => String(JSON.parse(input!)['detail-type']));
      expect(new Set(seen)).toEqual(
        new Set([MEMBER_JOINED, MEMBER_LEFT, MEMBER_RENAMED, MEMBER_TYPING, RECEIPTS_GIVEN]),
      );
      const histories = await Promise.all(executions.map((one) => deployed.history(one.executionArn!)));
      for (const canary of [...NAMES, TEXT])
        expect(JSON.stringify({ executions, histories })).not.toContain(canary);
    } finally {
      deployed.close();
      await runtime.close();
    }
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const holding = (text: string) =>
      files
        .filter((file) => readFileSync(file).includes(text))
        .map((file) => path.relative(folder, file).split(path.sep)[0]);
    for (const canary of NAMES) expect([...new Set(holding(canary))]).toEqual(['tables']);
    expect(holding(TEXT)).toEqual([]);
    expect(holding('MemberRenamed')).toContain('executions');
  }, 60_000);
});
