import { audienceRows } from '../../handlers/chat/connections';
import { attemptSummaries, fateOf } from '../../handlers/chat/fan-out/explanation';
import { directRoomId, messageIdOf, personalPartition } from '../../handlers/chat/ids';
import { claimAndPlan } from '../../handlers/fan-out/claim-and-plan';
import { postToPart } from '../../handlers/fan-out/post-to-part';
import { prunePart } from '../../handlers/fan-out/prune-part';
import { aConnection } from '../support/memory/examples';
import { enter, PLAN_SETTINGS } from './rooms-with-people';
import { senders } from './senders';

/** Anna with two devices, Bob with two, a stranger, and a private message from Anna's first device to Bob. */
async function sentPrivately({ echo = false, toSelf = false, bobIsHere = true } = {}) {
  const room = await senders(0);
  const { now, users } = room;
  const device = async (userId?: string) => {
    const connection = aConnection(now(), userId === undefined ? {} : { userId });
    await enter(room, connection);
    return connection;
  };
  const [anna, bob, stranger] = [await device(), await device(), await device()];
  const [annasPhone, bobsPhone] = [await device(anna.userId), await device(bob.userId)];
  await users.remember({ userId: bob.userId, name: 'canary Bob' });
  if (!bobIsHere) for (const one of [bob, bobsPhone]) await room.audience.leave(audienceRows(one));
  const to = toSelf ? anna.userId : bob.userId;
  const frame = { action: 'sendPrivate', to, message: 'canary text', echo };
  expect(await room.send(frame, anna.connectionId)).toMatchObject({ ok: true });

  const roomId = directRoomId(anna.userId, to);
  const messageId = messageIdOf(roomId, 1);
  const ports = {
    ...room,
    settings: { ...PLAN_SETTINGS, alerts: 'always' as const, alertWindowMs: 60_000 },
    pause: (milliseconds: number) => Promise.resolve(room.clock.advance(milliseconds)),
    remaining: () => 60_000,
  };
  const claim = async (attempt = 0) => {
    const detail = { messageId, roomId, seq: 1, attempt };
    const claimed = await claimAndPlan({ detail, claimant: `run-${attempt}` }, ports);
    if (claimed.outcome !== 'claimed') throw new Error(`It is ${claimed.outcome}`);
    // Through JSON, as the workflow passes it.
    return JSON.parse(JSON.stringify(claimed)) as typeof claimed;
  };
  const fanOut = async (attempt = 0) => {
    const claimed = await claim(attempt);
    for (const part of claimed.parts) {
      await postToPart({ messageId, attempt: attempt + 1, part, plan: claimed.plan, cursor: null }, ports);
    }
    return claimed;
  };
  const heard = () =>
    Object.fromEntries(
      Object.entries({ anna, annasPhone, bob, bobsPhone, stranger }).flatMap(([name, { connectionId }]) => {
        const frames = room.sockets.received(connectionId).length;
        return frames === 0 ? [] : [[name, frames]];
      }),
    );
  return {
    ...room,
    anna,
    annasPhone,
    bob,
    bobsPhone,
    stranger,
    messageId,
    roomId,
    claim,
    fanOut,
    heard,
    ports,
  };
}

describe('the fan-out of a private message', () => {
  it('reaches all devices of both people but the one that sent it, and nobody else', async () => {
    const { fanOut, heard } = await sentPrivately();
    await fanOut();
    expect(heard()).toEqual({ annasPhone: 1, bob: 1, bobsPhone: 1 });
  });

  it('reaches the sending socket too where it asked for an echo', async () => {
    const { fanOut, heard } = await sentPrivately({ echo: true });
    await fanOut();
    expect(heard()).toEqual({ anna: 1, annasPhone: 1, bob: 1, bobsPhone: 1 });
  });

  it('reaches one’s own devices once with a note to oneself', async () => {
    const { fanOut, heard } = await sentPrivately({ toSelf: true });
    expect((await fanOut()).parts).toEqual([0]);
    expect(heard()).toEqual({ annasPhone: 1 });
  });

  it('has a part for each who is connected, and no list of people larger than two in its payload', async () => {
    const { claim, anna, bob } = await sentPrivately();
    const { plan, parts, tier } = await claim();
    expect({ parts, tier }).toEqual({ parts: [0, 1], tier: 'inline' });
    expect([...plan.partitions!].sort()).toEqual(
      [anna, bob].map(({ userId }) => personalPartition(userId)).sort(),
    );
    const absent = await sentPrivately({ bobIsHere: false });
    expect((await absent.claim()).plan.partitions).toEqual([personalPartition(absent.anna.userId)]);
  });

  it('alerts no agent, because what two people say to each other is theirs', async () => {
    const { claim } = await sentPrivately();
    expect(await claim()).toMatchObject({ alert: false, archive: true });
  });

  it('goes on in the next attempt with whom the first one missed, by the same parts', async () => {
    const { fanOut, heard, sockets, bobsPhone, claim } = await sentPrivately();
    sockets.failing(bobsPhone.connectionId);
    const first = await fanOut();
    expect(heard()).toEqual({ annasPhone: 1, bob: 1 });
    sockets.failing('nobody');
    const { parts, plan } = await claim(1);
    expect(plan).toEqual(first.plan);
    expect(parts).toEqual([plan.partitions!.indexOf(personalPartition(bobsPhone.userId))]);
  });

  it('prunes a device that is gone, from every partition', async () => {
    const { fanOut, sockets, bobsPhone, messageId, ports, connections, audience } = await sentPrivately();
    sockets.gone(bobsPhone.connectionId);
    const { plan } = await fanOut();
    const part = plan.partitions!.indexOf(personalPartition(bobsPhone.userId));
    expect(await prunePart({ messageId, attempt: 1, part }, ports)).toEqual({ pruned: 1 });
    expect(await connections.find(bobsPhone.connectionId)).toBeUndefined();
    const left = [...audience.rows.values()].filter(
      ({ connectionId }) => connectionId === bobsPhone.connectionId,
    );
    expect(left).toEqual([]);
  });

  it('can be explained person by person, by their own part alone', async () => {
    const it = await sentPrivately();
    await it.fanOut();
    const plan = await it.ledger.findPlan(it.messageId);
    const records = await it.ledger.records(it.messageId);
    const message = { ...it.kept()[0]!, roomId: it.roomId };
    const fate = (userId: string, open: { connectionId: string; openedAt: number }[]) =>
      fateOf({ userId, open }, message, plan!, records);
    const verdicts = ({ connections }: ReturnType<typeof fateOf>) =>
      connections.map(({ connectionId, verdict }) => [connectionId, verdict] as const);
    const bobs = verdicts(fate(it.bob.userId, [it.bob, it.bobsPhone]));
    expect(new Map(bobs)).toEqual(
      new Map([it.bob, it.bobsPhone].map(({ connectionId }) => [connectionId, 'posted'])),
    );
    expect(verdicts(fate(it.anna.userId, [it.anna]))).toEqual(
      expect.arrayContaining([[it.anna.connectionId, 'sender']]),
    );
    const strangers = fate(it.stranger.userId, [it.stranger]);
    expect(verdicts(strangers)).toEqual([[it.stranger.connectionId, 'absent']]);
    expect(strangers).toMatchObject({ parts: [], others: 'absent' });
    expect(attemptSummaries(plan!, records, 1)).toMatchObject([{ due: [0, 1], posted: 3, unknown: 0 }]);
  });
});
