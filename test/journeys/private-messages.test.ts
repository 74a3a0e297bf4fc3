import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { startTestRuntime } from '../support/runtime';

/** A secret of so many characters, by which a guest is the same person on every device. */
const known = (name: string) => ({ protocols: ['parley.v1', `guest.${name.toLowerCase()}-keeps-this`] });

describe('private messages, through real sockets', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  const devices: ChatClient[] = [];
  const device = async (name: string, room?: string) => {
    const query = `name=${name}${room === undefined ? '' : `&room=${room}`}`;
    const client = await connect(`${runtime.url}?${query}`, known(name));
    devices.push(client);
    return client;
  };
  /** What reached a device of what was sent under this text. */
  const heard = (client: ChatClient, text: string) =>
    client.frames.filter((frame) => (frame as { message?: string }).message === text);
  const settle = () => runtime.stateMachines.idle();

  beforeAll(async () => {
    runtime = await startTestRuntime();
    deployed = new Deployed(runtime.endpoint);
  }, 60_000);
  afterAll(async () => {
    // Not before: the workflow waits 10 s for whoever has gone.
    await Promise.all(devices.map((client) => client.close()));
    deployed.close();
    await runtime.close();
  });

  const sendPrivately = async (from: ChatClient, to: string, message: string, more: object = {}) => {
    from.send({ action: 'sendPrivate', to, message, id: message, ...more });
    return from.next({ id: message });
  };

  test('S0, sendPrivate: reach every device of both, whatever room it is in, and nobody else', async () => {
    const george = await device('George');
    const georgesPhone = await device('George', 'cellar');
    const elaine = await device('Elaine');
    const elainesPhone = await device('Elaine', 'attic');
    const jerry = await device('Jerry');
    const reply = await sendPrivately(george, 'elaine', 'just for you');
    expect(reply).toMatchObject({ ok: true, seq: 1, roomId: expect.stringMatching(/^d_/), duplicate: false });
    for (const client of [georgesPhone, elaine, elainesPhone]) {
      const push = await client.next({ type: 'message', message: 'just for you' });
      expect(push).toMatchObject({ roomId: reply.roomId, sender: 'George', messageId: reply.messageId });
    }
    await settle();
    expect(
      [george, georgesPhone, elaine, elainesPhone, jerry].map((one) => heard(one, 'just for you').length),
    ).toEqual([0, 1, 1, 1, 0]);

    const push = heard(elaine, 'just for you')[0] as { senderId: string };
    expect(await sendPrivately(elaine, push.senderId, 'and back')).toMatchObject({
      seq: 2,
      roomId: reply.roomId,
    });
    for (const client of [george, georgesPhone, elainesPhone]) await client.next({ message: 'and back' });
    elaine.send({ action: 'sendMessage', roomId: reply.roomId, message: 'by the room' });
    for (const client of [george, georgesPhone, elainesPhone]) await client.next({ message: 'by the room' });
    jerry.send({ action: 'sendMessage', roomId: reply.roomId, message: 'let me in', id: 'x' });
    expect(await jerry.next({ id: 'x' })).toMatchObject({ error: { name: 'unknown_room' } });
    await settle();
    expect(jerry.frames.filter((frame) => JSON.stringify(frame).includes(String(reply.roomId)))).toEqual([]);
  });

  test('to oneself are notes for one’s other devices', async () => {
    const george = await device('George');
    const phone = await device('George');
    const elaine = await device('Elaine');
    expect(await sendPrivately(george, 'George', 'buy milk')).toMatchObject({ ok: true });
    await phone.next({ type: 'message', message: 'buy milk' });
    await settle();
    expect([george, phone, elaine].map((one) => heard(one, 'buy milk').length)).toEqual([0, 1, 0]);
  });

  test('to a name that two people bear are answered with both, of whom one can then be chosen', async () => {
    const george = await device('George');
    const bobs = [
      await connect(`${runtime.url}?name=Bob`, { protocols: ['guest.one-of-the-bobs'] }),
      await connect(`${runtime.url}?name=BOB`, { protocols: ['guest.other-of-the-bobs'] }),
    ];
    devices.push(...bobs);
    const refused = await sendPrivately(george, 'bob', 'which of you');
    expect(refused.error).toMatchObject({ name: 'ambiguous_recipient', code: 123, temporary: false });
    const { candidates } = refused.error as { candidates: { userId: string; name: string }[] };
    expect(candidates.map(({ name }) => name).sort()).toEqual(['BOB', 'Bob']);
    const chosen = candidates.find(({ name }) => name === 'BOB')!;
    expect(await sendPrivately(george, chosen.userId, 'you')).toMatchObject({ ok: true });
    await bobs[1]!.next({ message: 'you' });
    await settle();
    expect(heard(bobs[0]!, 'you')).toEqual([]);
    expect((await sendPrivately(george, 'Newman', 'hello')).error).toMatchObject({
      name: 'bad_request',
      field: '/to',
    });
  });

  test('can be edited and deleted like any other, for both', async () => {
    const george = await device('George');
    const elaine = await device('Elaine');
    const { messageId } = await sendPrivately(george, 'elaine', 'helo');
    await elaine.next({ message: 'helo' });
    elaine.send({ action: 'editMessage', messageId, message: 'mine now', id: 'theft' });
    expect(await elaine.next({ id: 'theft' })).toMatchObject({ error: { name: 'permission_denied' } });
    george.send({ action: 'editMessage', messageId, message: 'hello' });
    expect(await elaine.next({ type: 'edited' })).toMatchObject({ ref: messageId, message: 'hello' });
    george.send({ action: 'deleteMessage', messageId });
    expect(await elaine.next({ type: 'deleted' })).toMatchObject({ ref: messageId });
    await settle();
    const archived = (await deployed.rows('ChatHistory')) as unknown as { body?: { text?: string } }[];
    expect(archived.length).toBeGreaterThan(0);
    expect(archived.filter(({ body }) => /^hell?o$/.test(body?.text ?? ''))).toEqual([]);
  });

  test('sent twice under one id reach everybody once, and both replies say the same number', async () => {
    const george = await device('George');
    const elaine = await device('Elaine');
    const first = await sendPrivately(george, 'elaine', 'once', { clientMessageId: 'p-1' });
    const again = await sendPrivately(george, 'ELAINE', 'once', { clientMessageId: 'p-1' });
    expect(again).toEqual({ ...first, duplicate: true });
    await elaine.next({ message: 'once', clientMessageId: 'p-1' });
    await settle();
    expect(heard(elaine, 'once')).toHaveLength(1);
  });
});
