import type { EventOf, ParleyClient } from '../../client';
import { isSignedOff } from '../../web/src/connection/farewells';
import { refusalIn } from '../../web/src/entering/refusal';
import { Meetings } from '../../web/src/meetings/meetings';
import { People } from '../../web/src/people/people';
import { Conversations } from '../../web/src/rooms/conversations';

const ROOM = 'm_1';
const ELAINE = { userId: 'g_elaine', name: 'Elaine' };
const NEWMAN = { userId: 'g_newman', name: 'Newman' };

type Reply = Record<string, unknown>;

/** A page's meetings over a client whose replies and pushes the test gives. */
function page(storage = new Map<string, string>()) {
  const listeners = new Map<string, ((event: object) => void)[]>();
  const replies: { command: string; args: unknown[]; reply: (reply: Reply) => void }[] = [];
  const commands = new Proxy(
    {},
    {
      get:
        (_, command: string) =>
        (...args: unknown[]) =>
          new Promise((resolve) => replies.push({ command, args, reply: resolve })),
    },
  );
  const on = (type: string, listener: (event: object) => void) => {
    listeners.set(type, [...(listeners.get(type) ?? []), listener]);
    return () => {};
  };
  const client = { on, commands, unsent: () => [], positions: () => ({}) } as unknown as ParleyClient;
  const kept = {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  };
  const conversations = new Conversations(client, new People(client, kept), () => true);
  const meetings = new Meetings(client, conversations, kept);
  const push = (type: EventOf<'waiting'>['type'] | 'joined' | 'left' | 'admitted', fields: object) => {
    const event = { type, roomId: ROOM, room: 'Room One', text: '', timestamp: '2026-11-21T09:00:00Z' };
    for (const listener of listeners.get(type) ?? []) listener({ ...event, ...fields });
  };
  /** Answers the oldest command of this name. */
  const answer = async (command: string, reply: Reply) => {
    const [found] = replies.splice(
      replies.findIndex((one) => one.command === command),
      1,
    );
    expect(found?.command).toBe(command);
    found!.reply({ roomId: ROOM, ...reply });
    await new Promise(setImmediate);
    return found!.args;
  };
  const hosted = () => conversations.entered(ROOM, 'meeting', 'Room One');
  return { storage, conversations, meetings, push, answer, hosted };
}

describe('who asks to be let into a meeting', () => {
  const asked = async (it = page()) => {
    const joining = it.meetings.join('abc');
    await it.answer('joinMeeting', { group_name: 'Room One', media: 'chat', waiting: true });
    await joining;
    return it;
  };

  test('is shown it when the host lets them in', async () => {
    const { conversations, meetings, push } = await asked();
    push('admitted', {});
    expect(conversations.open.get()?.roomId).toBe(ROOM);
    expect(meetings.asking.get()).toEqual([]);
  });

  test.each(['', ', also after a reload'])('and hid that is not torn away by it%s', async (when) => {
    const before = await asked();
    before.meetings.dismiss(before.meetings.asking.get()[0]!);
    const { conversations, meetings, push } = when === '' ? before : page(before.storage);
    expect(meetings.asking.get()).toEqual([]);
    push('admitted', {});
    expect(conversations.open.get()).toBeUndefined();
    expect(conversations.inRoom(ROOM)?.about.get().name).toBe('Room One');
  });

  test('and hid that is shown it again once they ask again', async () => {
    const it = await asked();
    it.meetings.dismiss(it.meetings.asking.get()[0]!);
    await asked(it);
    expect(it.meetings.asking.get()).toHaveLength(1);
    it.push('admitted', {});
    expect(it.conversations.open.get()?.roomId).toBe(ROOM);
  });
});

describe('an answer about who is here and who waits', () => {
  const nobody = { members: [], count: 0, estimated: false, waiting: [] };

  test('does not undo what was pushed while it was under way', async () => {
    const { push, answer, hosted } = page();
    const meeting = hosted();
    const asking = meeting.askWhoIsHere();
    push('waiting', ELAINE);
    push('joined', NEWMAN);
    await answer('members', nobody);
    await asking;
    expect(meeting.waiting.get()).toEqual([ELAINE]);
    expect(meeting.presence.here.get()).toMatchObject({ people: [NEWMAN], count: 1, known: true });
  });

  test('does not bring back who was let in or went while it was under way', async () => {
    const { push, answer, hosted, meetings } = page();
    const meeting = hosted();
    push('waiting', ELAINE);
    const asking = meeting.askWhoIsHere();
    const deciding = meetings.decide(meeting, ELAINE.userId, 'admit');
    await answer('decide', {});
    await deciding;
    push('left', NEWMAN);
    await answer('members', { members: [NEWMAN], count: 1, estimated: false, waiting: [ELAINE] });
    await asking;
    expect(meeting.waiting.get()).toEqual([]);
    expect(meeting.presence.here.get()).toMatchObject({ people: [], count: 0 });
  });

  test('is asked for hosted meetings before private conversations', async () => {
    const { conversations, answer, hosted } = page();
    conversations.entered('d_1', 'direct', '', NEWMAN);
    hosted().change({ code: 'abc' });
    void conversations.askAround();
    expect((await answer('members', nobody))[0]).toBe(ROOM);
    expect((await answer('members', nobody))[0]).toBe('d_1');
  });
});

describe('a ticket that is refused', () => {
  const refusal = async (status: number, body: unknown) => {
    const reason = await refusalIn(new Response(JSON.stringify(body), { status }));
    return [reason, reason !== undefined && isSignedOff(reason)];
  };

  test('makes the page forget only where it is the person whom the server refuses', async () => {
    const unauthorized = { error: 'unauthorized' };
    const denied = { error: 'permission_denied' };
    expect(await refusal(401, { ...unauthorized, reason: 'signed_out' })).toEqual(['signed_out', true]);
    expect(await refusal(403, { ...denied, reason: 'banned' })).toEqual(['banned', true]);
    expect(await refusal(401, unauthorized)).toEqual(['unauthorized', false]);
    expect(await refusal(403, denied)).toEqual(['permission_denied', false]);
  });

  test('says nothing where something else than the server answers, or it lets in', async () => {
    expect(await refusal(403, 'Forbidden')).toEqual([undefined, false]);
    expect(await refusal(503, { error: 'unauthorized' })).toEqual([undefined, false]);
    expect(await refusal(200, { ticket: 'x' })).toEqual([undefined, false]);
  });
});
