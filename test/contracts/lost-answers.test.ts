import { createAudience } from '../../handlers/aws/audience';
import { createConnections } from '../../handlers/aws/connections';
import { createDedupe } from '../../handlers/aws/dedupe';
import { createEventBus } from '../../handlers/aws/event-bus';
import { createLedger } from '../../handlers/aws/ledger';
import { createMembers } from '../../handlers/aws/members';
import { createOutbox } from '../../handlers/aws/outbox';
import { createRooms } from '../../handlers/aws/rooms';
import { Table } from '../../handlers/aws/table';
import { audienceRows } from '../../handlers/chat/connections';
import { endConnections } from '../../handlers/chat/membership/leaving';
import { missedOfPart } from '../../handlers/chat/fan-out/ledger';
import { newId } from '../../handlers/chat/ids';
import { capturedLog } from '../support/memory/captured-log';
import { TestClock } from '../support/memory/clock';
import { aConnection, aDraft, aPlan, aRoomId, roomRow } from '../support/memory/examples';
import { proxiedAws } from './proxied-aws';

const { now } = new TestClock();
const { aws, proxy } = proxiedAws();

describe('a write whose answer is lost, which the client therefore repeats', () => {
  it('is known as the own append, because a number that is put twice would be a gap for the sender', async () => {
    const outbox = createOutbox();
    const message = { ...aDraft(now(), { roomId: aRoomId() }), seq: 1 };
    const before = proxy().carriedOut('PutItem');
    proxy().loseNext('PutItem');
    expect(await outbox.append(message, now())).toBe('appended');
    expect(proxy().carriedOut('PutItem') - before).toBe(2);
    expect(await outbox.find(message.roomId, 1)).toMatchObject({ appendId: message.appendId });
  });

  it('is not mistaken for the own append when the number was already taken', async () => {
    const outbox = createOutbox();
    const roomId = aRoomId();
    const [first, second] = [1, 1].map((seq) => ({ ...aDraft(now(), { roomId }), seq }));
    await outbox.append(first!, now());
    proxy().loseNext('PutItem');
    expect(await outbox.append(second!, now())).toBe('taken');
    expect(await outbox.find(roomId, 1)).toMatchObject({ appendId: first?.appendId });
  });

  it('is known as the own reservation and the own take-over, because somebody else’s would be waited for', async () => {
    const dedupe = createDedupe(now);
    const reservation = () => ({
      ...{ sent: newId('u'), body: 'hash', roomId: aRoomId(), by: newId('a'), at: now() },
    });
    const first = reservation();
    proxy().loseNext('PutItem');
    expect(await dedupe.reserve(first)).toBe('reserved');
    proxy().loseNext('UpdateItem');
    expect(await dedupe.takeOver(first, { ...reservation(), sent: first.sent })).toBe(true);
  });

  it('is known as the own room, because nobody else can have given it that epoch', async () => {
    const rooms = createRooms();
    const room = { roomId: aRoomId(), kind: 'channel' as const, name: 'lobby', owner: 'u_1' };
    proxy().loseNext('PutItem');
    expect(await rooms.create(room)).toMatchObject(room);
    proxy().loseNext('PutItem');
    expect(await rooms.create({ ...room, owner: 'u_2' })).toBe('exists');
  });

  it('is known as the own receipt, because its sender would be told to wait for what is done', async () => {
    const members = createMembers(now);
    const [roomId, userId] = [aRoomId(), newId('u')];
    await members.enter({ roomId, userId, role: 'member', since: now(), expiresAt: undefined });
    proxy().loseNext('UpdateItem');
    const receipt = { receivedSeq: 4, readSeq: 2, now: now(), gap: 5000 };
    expect(await members.giveReceipt(roomId, userId, receipt)).toMatchObject({ receivedSeq: 4, readSeq: 2 });
  });

  it('is known as the own refusal, because who was refused would never hear of it', async () => {
    const members = createMembers(now);
    const [roomId, userId] = [aRoomId(), newId('u')];
    const since = now();
    await members.wait({ roomId, userId, since, expiresAt: undefined, waitingConnectionId: 'c1' });
    proxy().loseNext('UpdateItem');
    expect(await members.refuse(roomId, userId)).toBe(true);
  });

  it('still claims once, because the claimant is known again', async () => {
    const outbox = createOutbox();
    const roomId = aRoomId();
    await outbox.append({ ...aDraft(now(), { roomId }), seq: 1 }, now());
    proxy().loseNext('UpdateItem');
    const claim = await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run', dueAt: now() });
    expect(claim).toMatchObject({ outcome: 'claimed', entry: { attempt: 1 } });
  });

  it('still reopens an entry, because it knows its own reopening again', async () => {
    const outbox = createOutbox(now);
    const roomId = aRoomId();
    await outbox.append({ ...aDraft(now(), { roomId }), seq: 1 }, now());
    await outbox.park(roomId, 1, 0);
    proxy().loseNext('UpdateItem');
    expect(await outbox.reopen(roomId, 1, { state: 'parked', attempt: 0, now: now() })).toBe(true);
  });

  it('still stores one plan and gives it', async () => {
    const ledger = createLedger();
    const messageId = `${aRoomId()}.1`;
    proxy().loseNext('PutItem');
    expect(await ledger.storePlan(messageId, aPlan({ parts: 3 }))).toEqual(aPlan({ parts: 3 }));
    expect(await ledger.findPlan(messageId)).toEqual(aPlan({ parts: 3 }));
  });

  it('still alerts for the message, because it knows its own claim again', async () => {
    const rooms = createRooms();
    const roomId = aRoomId();
    await rooms.open({ roomId, name: 'lobby' });
    proxy().loseNext('UpdateItem');
    const at = { now: now(), windowMs: 1000 };
    expect(await rooms.claimAlert(roomId, `${roomId}.1`, at)).toBe(true);
  });

  it('changes nothing about who was missed, because outcomes that stand twice in a record say the same', async () => {
    const ledger = createLedger();
    const messageId = `${aRoomId()}.1`;
    const { slot } = roomRow(aConnection(now()));
    await ledger.begin(messageId, 0, 1, aPlan());
    proxy().loseNext('UpdateItem');
    const failed = [{ slot, reason: 'status_500' }];
    await ledger.add(messageId, 0, 1, { posted: [], gone: [], failed, finished: true });
    const missed = missedOfPart(await ledger.records(messageId, 0));
    expect(new Set(missed)).toEqual(new Set([slot]));
  });

  it('ends a connection all the same, and only its event is lost, because no row says whose deletion it was', async () => {
    const ports = {
      connections: createConnections(now),
      audience: createAudience(now),
      members: createMembers(now),
      bus: createEventBus(),
      log: capturedLog().log,
    };
    const gone = aConnection(now(), { rooms: [aRoomId()] });
    await ports.connections.add(gone);
    await ports.audience.join(audienceRows(gone));
    proxy().loseNext('DeleteItem');
    expect(await endConnections([gone], ports)).toEqual([]);
    expect(await ports.connections.find(gone.connectionId)).toBeUndefined();
    expect((await ports.audience.sample(gone.rooms[0]!, 256)).slots).toEqual([]);
    expect(aws().events).toEqual([]);
  });

  it('joins once', async () => {
    const audience = createAudience(now);
    const roomId = aRoomId();
    proxy().loseNext('BatchWriteItem');
    await audience.join([roomRow(aConnection(now(), { rooms: [roomId] }))]);
    expect((await audience.sample(roomId, 256)).slots).toHaveLength(1);
  });
});

describe('a record that expires while its attempt begins again', () => {
  it('is there again and whole, because one without outcomes could not be read any more', async () => {
    const ledger = createLedger();
    const messageId = `${aRoomId()}.1`;
    await ledger.begin(messageId, 0, 1, aPlan({ parts: 1 }));
    proxy().before('UpdateItem', () => new Table('Deliveries').delete({ messageId, part: '00000.001' }));
    const begun = { part: 0, attempt: 1, posted: [], gone: [], failed: [], finished: false };
    expect(await ledger.begin(messageId, 0, 1, aPlan({ parts: 1 }))).toEqual(begun);
    expect(await ledger.records(messageId)).toEqual([begun]);
    expect(await ledger.findPlan(messageId)).toEqual(aPlan({ parts: 1 }));
  });
});

describe('a window of alerts', () => {
  it('is asked for once while it is known to be taken, and again when it is over', async () => {
    const roomId = aRoomId();
    await createRooms().open({ roomId, name: 'lobby' });
    // Each invocation of a function makes its ports anew.
    const claim = (seq: number, at: number) =>
      createRooms().claimAlert(roomId, `${roomId}.${seq}`, { now: at, windowMs: 1000 });
    expect(await claim(1, 5000)).toBe(true);
    const before = proxy().carriedOut('UpdateItem');
    expect(await claim(2, 5999)).toBe(false);
    expect(proxy().carriedOut('UpdateItem')).toBe(before);
    expect(await claim(2, 6000)).toBe(true);
    expect(proxy().carriedOut('UpdateItem')).toBe(before + 1);
  });
});
