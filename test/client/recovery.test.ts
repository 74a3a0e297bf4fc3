import { connected, upTo, world } from './recorded';

describe('the client library recovers', () => {
  test('after an absence of any length it has exactly what it missed, page by page', async () => {
    const { time, server, george, seqs, recoveries } = await connected();
    server.post('lobby', 'seen');
    await time.pass(100);
    server.cut();
    for (let index = 0; index < 999; index += 1) server.post('lobby', `missed ${index}`);
    await time.pass(5000);
    expect(seqs()).toEqual(upTo(1000));
    expect(recoveries.at(-1)).toEqual({
      type: 'recovery',
      recovered: true,
      roomId: 'lobby',
      messages: 999,
    });
    george.close();
  });

  test('a cut in the middle of a recovery, twice in a row, costs nothing', async () => {
    const { time, server, george, seqs } = await connected();
    server.cut();
    for (let index = 0; index < 1000; index += 1) server.post('lobby', `missed ${index}`);
    let pages = 0;
    server.fails = ({ action }) => {
      if (action !== 'resume') return undefined;
      pages += 1;
      if (pages === 3 || pages === 6) server.cut();
      return undefined;
    };
    await time.pass(20_000);
    expect(server.connections).toBe(4);
    expect(seqs()).toEqual(upTo(1000));
    george.close();
  });

  test('what is pushed during a recovery comes after what is recovered', async () => {
    const { time, server, george, seqs } = await connected();
    server.cut();
    for (let index = 0; index < 300; index += 1) server.post('lobby', `missed ${index}`);
    server.fails = ({ action }) => {
      if (action === 'resume') server.post('lobby', 'meanwhile');
      return undefined;
    };
    await time.pass(5000);
    expect(seqs()).toEqual(upTo(304));
    george.close();
  });

  test('a position taken with zero messages works', async () => {
    const { time, server, client } = world();
    const first = client();
    first.client.start();
    await time.pass(100);
    const positions = first.client.positions();
    expect(positions).toEqual({ lobby: { epoch: 'e1', seq: 0 } });
    first.client.close();
    for (let index = 0; index < 3; index += 1) server.post('lobby', `missed ${index}`);
    const second = client({ positions });
    second.client.start();
    await time.pass(100);
    expect(second.seqs()).toEqual([1, 2, 3]);
    second.client.close();
  });

  test.each([
    ['epoch_changed', 5],
    ['retention', 5],
    ['not_member', undefined],
  ] as const)('where it cannot, it says so: %s', async (reason, to) => {
    const { time, server, george, seqs, recoveries } = await connected();
    server.post('lobby', 'seen');
    await time.pass(100);
    server.cut();
    for (let index = 0; index < 4; index += 1) server.post('lobby', 'missed');
    const room = server.room('lobby');
    if (reason === 'epoch_changed') room.epoch = 'e2';
    if (reason === 'retention') room.kept = 4;
    if (reason === 'not_member') {
      server.fails = ({ action }) => {
        if (action === 'resume') room.members.clear();
        return undefined;
      };
    }
    await time.pass(2000);
    expect(recoveries.at(-1)).toEqual({
      type: 'recovery',
      recovered: false,
      roomId: 'lobby',
      reason,
      from: { epoch: 'e1', seq: 1 },
      to: to === undefined ? undefined : { epoch: room.epoch, seq: to },
    });
    server.post('lobby', 'from here on');
    await time.pass(1000);
    expect(seqs()).toEqual(to === undefined ? [1] : [1, 6]);
    george.close();
  });

  test('an epoch that changes under an open connection is noticed by the next push', async () => {
    const { time, server, george, seqs, recoveries } = await connected();
    server.post('lobby', 'before');
    await time.pass(100);
    server.room('lobby').epoch = 'e2';
    server.post('lobby', 'after');
    await time.pass(1000);
    expect(recoveries.at(-1)).toMatchObject({ recovered: false, reason: 'epoch_changed' });
    expect(seqs()).toEqual([1, 2]);
    server.post('lobby', 'and on');
    await time.pass(1000);
    expect(seqs()).toEqual([1, 2, 3]);
    george.close();
  });

  test('a page with a hole is not believed: the library says that messages are missing', async () => {
    const { time, server, george, seqs, recoveries } = await connected();
    server.cut();
    for (let index = 0; index < 5; index += 1) server.post('lobby', 'missed');
    const messages = server.room('lobby').log.filter(({ seq }) => seq !== 3);
    const page = { recovered: true, roomId: 'lobby', epoch: 'e1', seq: 5, messages, more: false };
    server.fails = ({ action }) => (action === 'resume' ? { rooms: { lobby: page } } : undefined);
    await time.pass(2000);
    expect(recoveries.at(-1)).toMatchObject({ recovered: false, reason: 'missing', to: { seq: 5 } });
    expect(seqs()).toEqual([]);
    george.close();
  });

  test('a resume that fails for now is tried again; one that is refused is said out loud', async () => {
    const { time, server, george, seqs, recoveries } = await connected();
    server.cut();
    server.post('lobby', 'missed');
    let failures = 0;
    server.fails = ({ action }) => {
      if (action !== 'resume' || ++failures > 3) return undefined;
      return { message: 'Internal server error', connectionId: 'x', requestId: 'y' };
    };
    await time.pass(20_000);
    expect(seqs()).toEqual([1]);
    server.cut();
    server.post('lobby', 'missed for good');
    server.fails = ({ action, id }) =>
      action === 'resume' ? { type: undefined, ...refused(id, 'unknown_action', false) } : undefined;
    await time.pass(20_000);
    expect(recoveries.at(-1)).toMatchObject({ recovered: false, reason: 'refused', to: undefined });
    server.fails = () => undefined;
    server.post('lobby', 'seen again');
    await time.pass(2000);
    expect(seqs()).toEqual([1, 3]);
    george.close();
  });

  test('more than 50 rooms, some with more than a page, all come up to date', async () => {
    const { time, server, george, seqs } = await connected();
    const rooms = Array.from({ length: 120 }, (_, index) => `room${index}`);
    await Promise.all([...rooms.map((room) => george.commands.joinRoom(room)), time.pass(1000)]);
    server.cut();
    rooms.forEach((room, index) => {
      for (let count = 0; count <= index; count += 1) server.post(room, 'missed');
    });
    await time.pass(20_000);
    rooms.forEach((room, index) => expect(seqs(room)).toEqual(upTo(index + 1)));
    george.close();
  });
});

function refused(id: unknown, name: string, temporary: boolean): object {
  return { id, ok: false, error: { code: 104, name, message: 'no', temporary, traceId: 't' } };
}
