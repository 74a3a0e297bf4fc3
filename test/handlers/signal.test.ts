import type { Connection } from '../../handlers/chat/connections';
import { directRoomId } from '../../handlers/chat/ids';
import { signalPush } from '../../handlers/chat/protocol/pushes';
import { errorReplySchema, signalReply } from '../../handlers/chat/protocol/replies';
import { signal } from '../../handlers/websocket/signal';
import { capturedLog } from '../support/memory/captured-log';
import { SECRET_NAME, SECRET_TEXT } from '../support/memory/examples';
import { chattingWorld, disconnected, frameEvent } from './people-who-chat';

const OFFER = { type: 'offer', sdp: SECRET_TEXT };

/** George and Elaine with two devices each in the canary room, Jerry elsewhere. */
async function twoPeople() {
  const it = await chattingWorld();
  await it.rooms.open({ roomId: 'r_elsewhere', name: 'elsewhere' });
  const george = await it.connected();
  const elaine = await it.connected();
  const [georgesPhone, elainesPhone] = await Promise.all(
    [george, elaine].map(({ userId }) => it.connected({ userId })),
  );
  const jerry = await it.connected({ rooms: ['r_elsewhere'] });
  const send = async (frame: object, from: Pick<Connection, 'connectionId'> = george) => {
    const { body } = await signal(frameEvent(from, { action: 'signal', ...frame }), it);
    return JSON.parse(body) as Record<string, unknown>;
  };
  const people = { george, elaine, jerry, georgesPhone: georgesPhone!, elainesPhone: elainesPhone! };
  const heard = () =>
    Object.entries(people)
      .filter(([, connection]) => it.received(connection).length > 0)
      .map(([name]) => name);
  return { ...it, ...people, send, heard };
}

describe('a signal', () => {
  it('S3, chat or video: goes to all devices of a person in a shared room as it is, and from nobody but its sender', async () => {
    const { send, heard, received, george, elaine } = await twoPeople();
    const reply = await send({
      id: 's',
      to: elaine.userId,
      data: OFFER,
      sender: 'Mallory',
      userId: 'u_mallory',
    });
    expect(signalReply.parse(reply)).toEqual({ id: 's', ok: true, posted: 2 });
    expect(heard()).toEqual(['elaine', 'elainesPhone']);
    const push = {
      type: 'signal',
      userId: george.userId,
      name: SECRET_NAME,
      connectionId: george.connectionId,
      data: OFFER,
    };
    expect(received(elaine)).toEqual([push]);
    expect(signalPush.parse(push)).toEqual(push);
  });

  it('goes to one connection where that is named', async () => {
    const { send, heard, elainesPhone } = await twoPeople();
    expect(await send({ to: elainesPhone.connectionId, data: null })).toMatchObject({ posted: 1 });
    expect(heard()).toEqual(['elainesPhone']);
  });

  it('to oneself goes to one’s other devices, wherever they are', async () => {
    const { send, heard, george, connected } = await twoPeople();
    await connected({ userId: george.userId, rooms: [] });
    expect(await send({ to: george.userId, data: OFFER })).toMatchObject({ posted: 2 });
    expect(heard()).toEqual(['georgesPhone']);
  });

  it('passes by those devices that are in no room with the sender', async () => {
    const { send, heard, elaine, connected, received } = await twoPeople();
    const elsewhere = await connected({ userId: elaine.userId, rooms: ['r_elsewhere'] });
    expect(await send({ to: elaine.userId, data: OFFER })).toMatchObject({ posted: 2 });
    expect(received(elsewhere)).toEqual([]);
    expect(heard()).toEqual(['elaine', 'elainesPhone']);
  });

  it('answers the same for somebody elsewhere as for nobody, by person and by connection', async () => {
    const { send, heard, jerry, elaine } = await twoPeople();
    const nobody = await send({ to: 'u_00000000000000', data: OFFER });
    expect(nobody).toMatchObject({ ok: false, error: { name: 'bad_request', field: '/to' } });
    expect(await send({ to: jerry.userId, data: OFFER })).toEqual(nobody);
    expect(await send({ to: jerry.connectionId, data: OFFER })).toEqual(nobody);
    expect(await send({ to: elaine.userId, data: OFFER }, jerry)).toEqual(nobody);
    expect(heard()).toEqual([]);
  });

  it('reaches the other of a direct room, although nobody joins one', async () => {
    const { send, heard, george, jerry, rooms } = await twoPeople();
    const people = [george.userId, jerry.userId] as const;
    const roomId = directRoomId(...people);
    await rooms.create({ roomId, kind: 'direct', name: roomId, people });
    expect(await send({ to: jerry.userId, data: OFFER })).toMatchObject({ posted: 1 });
    expect(heard()).toEqual(['jerry']);
  });

  it('counts only whom it reached', async () => {
    const it = await twoPeople();
    it.sockets.gone(it.elainesPhone.connectionId);
    expect(await it.send({ to: it.elaine.userId, data: OFFER })).toMatchObject({ ok: true, posted: 1 });
    await disconnected(it, it.elaine);
    await disconnected(it, it.elainesPhone);
    expect(await it.send({ to: it.elaine.userId, data: OFFER })).toMatchObject({ ok: false });
  });

  it.each([
    [{ data: OFFER }, '/to', 'bad_request'],
    [{ to: 7, data: OFFER }, '/to', 'bad_request'],
    [{ to: 'x'.repeat(300), data: OFFER }, '/to', 'bad_request'],
    [{ to: 'u_elaine' }, '/data', 'bad_request'],
    [{ to: 'u_elaine', data: 'é'.repeat(15_001) }, '/data', 'too_large'],
  ])('refuses a frame at fault, naming the field (%#)', async (frame, field, name) => {
    const { send } = await twoPeople();
    expect(errorReplySchema.parse(await send(frame)).error).toMatchObject({ name, field });
  });

  it('from a connection without a row gets a bye', async () => {
    const { send } = await twoPeople();
    const unknown = { connectionId: 'unknown=' };
    expect(await send({ to: 'u_elaine', data: OFFER }, unknown)).toMatchObject({ type: 'bye' });
  });

  it('is logged with ids and counts', async () => {
    const { send, george, elaine } = await twoPeople();
    await send({ to: elaine.userId, data: OFFER });
    const { connectionId } = george;
    expect(capturedLog().lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 'info', event: 'signalled', traceId: 'trace', connectionId, posted: 2, failed: 0, gone: 0 },
    ]);
  });
});
