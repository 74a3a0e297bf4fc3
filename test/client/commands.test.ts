import { createNewMeeting, joinNewMeeting, sendNewMessage } from '../../client';
import { world } from './recorded';

describe('the commands of the client library', () => {
  test("S3, helpers createnewmeeting, joinnewmeeting, sendnewmessage: the tutorial's three calls", async () => {
    const { time, server, client } = world();
    const { client: george, messages } = client();
    server.fails = ({ action }) => {
      if (action === 'createMeeting') {
        return {
          ...{ source: 'create', group_id: 'code', group_name: 'Room One', media: 'chat', approval: false },
          ...{ roomId: 'm_1', epoch: 'e1', seq: 0 },
        };
      }
      if (action !== 'joinMeeting') return undefined;
      return {
        ...{ source: 'join', waiting: false, roomId: 'm_1', group_name: 'Room One', media: 'chat' },
        ...{ connected_users: [{ userId: 'u_George', name: 'George' }], epoch: 'e1', seq: 0 },
      };
    };
    george.start();
    const created = createNewMeeting(george, 'Room One');
    await time.pass(100);
    const { group_id } = await created;
    const joined = joinNewMeeting(george, group_id);
    await time.pass(100);
    expect(await joined).toMatchObject({ source: 'join', connected_users: [{ name: 'George' }] });
    void sendNewMessage(george, await created, 'hello');
    await time.pass(100);
    expect(messages).toMatchObject([{ roomId: 'm_1', seq: 1, message: 'hello' }]);
    george.close();
  });

  test('before the connection wait for it, and fail when it does not come in time', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    server.refuses = 2;
    george.start();
    const joined = george.commands.joinRoom('lobby');
    await time.pass(5000);
    expect(await joined).toMatchObject({ roomId: 'lobby' });
    server.refuses = Infinity;
    server.cut();
    const lost = expect(george.commands.rooms()).rejects.toMatchObject({
      reason: 'connection_lost',
      temporary: true,
    });
    await time.pass(60_000);
    await lost;
    george.close();
  });

  test('that are refused say by what name, for which field, and whether trying again can help', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    george.start();
    const error = {
      ...{ code: 123, name: 'ambiguous_recipient', message: 'Two have that name.', temporary: false },
      ...{ field: '/to', candidates: [{ userId: 'u_1', name: 'Joe' }], traceId: 'trace' },
    };
    server.fails = ({ action, id }) =>
      action === 'signal' ? { type: undefined, id, ok: false, error } : undefined;
    const refused = expect(george.commands.signal('Joe', {})).rejects.toMatchObject({
      ...{ reason: 'ambiguous_recipient', code: 123, field: '/to', temporary: false, traceId: 'trace' },
      candidates: [{ userId: 'u_1', name: 'Joe' }],
    });
    await time.pass(100);
    await refused;
    george.close();
  });

  test('whose reply is not what the protocol says are refused as unreadable, and pushes of unknown types are passed over', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    server.fails = ({ action }) => (action === 'rooms' ? { rooms: 'none' } : undefined);
    const unreadable = expect(george.commands.rooms()).rejects.toMatchObject({ reason: 'unreadable' });
    await time.pass(100);
    await unreadable;
    for (const { side } of server.sessions) {
      side.send({ type: 'of the future', room: 'lobby' });
      side.send({ type: 'message', seq: 'one' });
      side.send([]);
    }
    await time.pass(100);
    expect(others.map(({ type }) => type)).toEqual(['connected']);
    george.close();
  });

  test('a listener that throws costs nobody else the event', async () => {
    const { time, server, client } = world();
    const { client: george, seqs } = client();
    const uncaught: unknown[] = [];
    const original = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (task) => {
      try {
        task();
      } catch (error) {
        uncaught.push(error);
      }
    };
    try {
      const off = george.on('message', () => {
        throw new Error('mine');
      });
      const seen: number[] = [];
      george.on('message', ({ seq }) => seen.push(seq));
      george.start();
      await time.pass(100);
      server.post('lobby', 'one');
      await time.pass(100);
      off();
      server.post('lobby', 'two');
      await time.pass(100);
      expect(seen).toEqual([1, 2]);
      expect(seqs()).toEqual([1, 2]);
      expect(uncaught).toEqual([new Error('mine')]);
    } finally {
      globalThis.queueMicrotask = original;
      george.close();
    }
  });
});
