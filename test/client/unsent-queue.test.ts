import { WebStorageStore, type WebStorage } from '../../client';
import { upTo, world } from './recorded';

const DAY = 24 * 60 * 60_000;

/** `localStorage`, in a Map. */
class FakeStorage implements WebStorage {
  readonly #items = new Map<string, string>();
  full = false;

  get length(): number {
    return this.#items.size;
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.full) throw new Error('QuotaExceededError');
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }
}

function error(name: string, temporary: boolean, more: object = {}) {
  return { ok: false, error: { code: 1, name, message: 'no', temporary, traceId: 't', ...more } };
}

function texts(server: ReturnType<typeof world>['server']): string[] {
  return server.room('lobby').log.map((push) => (push.type === 'message' ? push.message : push.type));
}

describe('the unsent queue', () => {
  test('keeps what is sent without a connection and sends it in order when there is one', async () => {
    const { time, server, client } = world();
    server.refuses = 4;
    const { client: george, seqs } = client();
    const replies = ['a', 'b', 'c'].map((text) => george.send('lobby', text));
    george.start();
    await time.pass(60_000);
    expect((await Promise.all(replies)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(texts(server)).toEqual(['a', 'b', 'c']);
    expect(seqs()).toEqual([1, 2, 3]);
    george.close();
  });

  test("sends a room's next message only after the reply to the last, and other rooms' meanwhile", async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    george.start();
    await time.pass(100);
    let atOnce = 0;
    let most = 0;
    const slow = () => {
      most = Math.max(most, ++atOnce);
      time.after(50, () => (atOnce -= 1));
      return [50];
    };
    server.replyWay = ({ room }: { room?: string }) => (room === 'lobby' ? slow() : [0]);
    for (let index = 0; index < 5; index += 1) void george.send('lobby', `lobby ${index}`);
    void george.send('elsewhere', 'right away');
    await time.pass(40);
    expect(server.room('elsewhere').log).toHaveLength(1);
    await time.pass(1000);
    expect(most).toBe(1);
    expect(texts(server)).toHaveLength(5);
    george.close();
  });

  test.each([
    ['sends again what got no reply, and the server keeps it once', false],
    ['finds what got no reply among what it missed, and sends it no more', true],
  ])('%s', async (_, isResumed) => {
    const { time, server, client } = world();
    const { client: george, seqs } = client();
    george.start();
    await time.pass(100);
    const refusal = error('not_available', false);
    server.fails = ({ action, id }) => (action === 'resume' && !isResumed ? { id, ...refusal } : undefined);
    let lost = 0;
    server.replyWay = ({ action }: { action?: string }) => {
      if (action !== 'sendMessage' || lost === 2) return [0];
      lost += 1;
      server.cut();
      return [];
    };
    const sent = [george.send('lobby', 'once'), george.send('lobby', 'twice')];
    await time.pass(10_000);
    expect(await Promise.all(sent)).toMatchObject([
      { seq: 1, duplicate: true },
      { seq: 2, duplicate: isResumed },
    ]);
    expect(texts(server)).toEqual(['once', 'twice']);
    const sentTimes = server.received.filter(({ action }) => action === 'sendMessage').length;
    expect(sentTimes).toBe(isResumed ? 2 : 4);
    expect(seqs()).toEqual([1, 2]);
    george.close();
  });

  test.each([
    ['busy', error('busy', true, { retryAfterMs: 2000 })],
    ['too many requests', error('too_many_requests', true, { retryAfterMs: 2000 })],
    ["the platform's own error", { message: 'Internal server error', connectionId: 'c', requestId: 'r' }],
    ['an expired token', error('token_expired', false)],
  ])('waits and tries again after %s, with nothing overtaking', async (_, failure) => {
    const { time, server, client } = world();
    const { client: george } = client();
    george.start();
    await time.pass(100);
    let failures = 3;
    server.fails = (frame) => {
      if (frame.action !== 'sendMessage' || failures === 0) return undefined;
      failures -= 1;
      return { ...failure, message: 'x', id: frame.id };
    };
    const sent = [george.send('lobby', 'first'), george.send('lobby', 'second')];
    await time.pass(60_000);
    await Promise.all(sent);
    expect(texts(server)).toEqual(['first', 'second']);
    george.close();
  });

  test('after a reconnection waits until the server has entered its rooms, because until then they are unknown', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    await time.pass(100);
    await Promise.all([george.commands.joinRoom('second'), time.pass(100)]);
    let failures = 2;
    server.fails = ({ action, room, id }) => {
      if (action === 'resume' && failures > 0) {
        failures -= 1;
        return { message: 'Internal server error', connectionId: 'c', requestId: 'r' };
      }
      const entered = [...server.sessions].some(({ rooms }) => rooms.has(String(room)));
      return action === 'sendMessage' && !entered
        ? { id, message: 'x', ...error('unknown_room', false) }
        : undefined;
    };
    server.cut();
    const sent = george.send('second', 'queued');
    sent.catch(() => {});
    await time.pass(60_000);
    expect(others.map(({ type }) => type)).not.toContain('unsendable');
    expect(await sent).toMatchObject({ roomId: 'second', seq: 1 });
    george.close();
  });

  test('sends in the end also where what was missed cannot be had', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    server.fails = ({ action }) =>
      action === 'resume'
        ? { message: 'Internal server error', connectionId: 'c', requestId: 'r' }
        : undefined;
    george.start();
    const sent = george.send('lobby', 'all the same');
    await time.pass(60_000);
    expect(await sent).toMatchObject({ seq: 1 });
    george.close();
  });

  test('gives up what is refused for good, and goes on with the next', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client();
    george.start();
    await time.pass(100);
    server.fails = ({ message, id }) =>
      message === 'bad' ? { id, message: 'x', ...error('rejected', false) } : undefined;
    const bad = expect(george.send('lobby', 'bad')).rejects.toMatchObject({ reason: 'rejected' });
    const good = george.send('lobby', 'good');
    await time.pass(1000);
    await bad;
    expect(await good).toMatchObject({ seq: 1 });
    expect(others.map(({ type }) => type)).toEqual(['connected', 'unsendable', 'accepted']);
    george.close();
  });

  test('gives up what could not be sent within six days, before the server forgets its id', async () => {
    const { time, server, client } = world();
    server.refuses = Infinity;
    const { client: george } = client();
    george.start();
    const old = expect(george.send('lobby', 'old')).rejects.toMatchObject({ reason: 'expired' });
    await time.pass(5 * DAY);
    const young = george.send('lobby', 'young');
    await time.pass(1.1 * DAY);
    server.refuses = 0;
    await time.pass(60_000);
    await old;
    expect(await young).toMatchObject({ seq: 1 });
    george.close();
  }, 60_000);

  test('survives a reload of the page, and nobody gets the same message twice', async () => {
    const { time, server, client } = world();
    const storage = new FakeStorage();
    const store = () => new WebStorageStore(storage, 'George');
    const before = client({ store: store() });
    before.client.start();
    await time.pass(100);
    // Accepted, but the page is gone before the reply comes.
    server.replyWay = ({ action }: { action?: string }) => (action === 'sendMessage' ? [] : [0]);
    const sent = ['one', 'two', 'three'].map((text) => before.client.send('lobby', text));
    const cut = Promise.allSettled(sent);
    await time.pass(100);
    before.client.close();
    expect((await cut).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);

    server.replyWay = () => [0];
    const after = client({ store: store() });
    expect(after.client.unsent()).toHaveLength(3);
    after.client.start();
    await time.pass(1000);
    expect(texts(server)).toEqual(['one', 'two', 'three']);
    expect(after.others.flatMap((event) => (event.type === 'accepted' ? [event.reply.seq] : []))).toEqual(
      upTo(3),
    );
    expect(storage.length).toBe(0);
    after.client.close();
  });

  test('keeps what was refused over a reload too, in order, until a retry under the same id gets it through', async () => {
    const { time, server, client } = world();
    const storage = new FakeStorage();
    const options = () => ({ store: new WebStorageStore(storage, 'George'), keepRefused: true });
    const before = client(options());
    before.client.start();
    await time.pass(100);
    let isRefusing = true;
    server.fails = ({ message: text, id }) =>
      isRefusing && String(text).startsWith('bad')
        ? { id, message: 'x', ...error('not_available', false) }
        : undefined;
    for (const text of ['bad 1', 'bad 2', 'good']) before.client.send('lobby', text).catch(() => {});
    // What was refused of an edit is not a message that waits for anybody.
    before.client.edit('lobby.1', 'bad edit').catch(() => {});
    await time.pass(1000);
    expect(texts(server)).toEqual(['good']);
    const waiting = before.client.unsent();
    expect(waiting.map(({ command, failure }) => [command['message'], failure?.reason])).toEqual([
      ['bad 1', 'not_available'],
      ['bad 2', 'not_available'],
    ]);
    before.client.close();

    const after = client(options());
    after.client.start();
    await time.pass(1000);
    expect(after.client.unsent()).toEqual(waiting);
    const [first, second] = waiting.map(({ clientMessageId }) => clientMessageId);
    expect(after.client.retry(first!)).toMatchObject({ clientMessageId: first });
    await time.pass(1000);
    expect(after.others).toContainEqual(
      expect.objectContaining({ type: 'unsendable', clientMessageId: first }),
    );
    isRefusing = false;
    after.client.retry(first!);
    expect(after.client.retry(first!)).toBeUndefined();
    after.client.discard(second!);
    await time.pass(1000);
    expect(texts(server)).toEqual(['good', 'bad 1']);
    const sentAs = server.received.filter(({ message }) => message === 'bad 1');
    expect(new Set(sentAs.map(({ clientMessageId }) => clientMessageId))).toEqual(new Set([first]));
    expect([after.client.unsent(), storage.length]).toEqual([[], 0]);
    after.client.close();
  });

  test('sends what is retried in the moment of its refusal', async () => {
    const { time, server, client } = world();
    const { client: george } = client({ keepRefused: true });
    george.start();
    await time.pass(100);
    let refusals = 2;
    server.fails = ({ action, id }) =>
      action === 'sendMessage' && refusals-- > 0
        ? { id, message: 'x', ...error('not_available', false) }
        : undefined;
    george.on('unsendable', ({ clientMessageId }) => void george.retry(clientMessageId));
    george.send('lobby', 'once more').catch(() => {});
    await time.pass(1000);
    expect([texts(server), george.unsent()]).toEqual([['once more'], []]);
    george.close();
  });

  test.each([
    ['that never went out', false],
    ['whose first try had been accepted', true],
  ])('sends again under its id, and so once, what was given up after six days and %s', async (_, isThere) => {
    const { time, server, client } = world();
    const storage = new FakeStorage();
    const options = () => ({ store: new WebStorageStore(storage, 'George'), keepRefused: true });
    const before = client(options());
    server.replyWay = ({ action }: { action?: string }) => (action === 'sendMessage' ? [] : [0]);
    if (isThere) before.client.start();
    await time.pass(100);
    before.client.send('lobby', 'old').catch(() => {});
    await time.pass(100);
    before.client.close();
    expect(texts(server)).toHaveLength(isThere ? 1 : 0);

    server.replyWay = () => [0];
    await time.pass(6.5 * DAY);
    const { client: george, others } = client(options());
    george.start();
    await time.pass(1000);
    const [old] = george.unsent();
    const message = isThere ? 'No answer came within six days.' : 'It could not be sent within six days.';
    expect(old).toMatchObject({ failure: { reason: 'expired', message } });
    const again = george.retry(old!.clientMessageId);
    expect(again).toMatchObject({ clientMessageId: old!.clientMessageId, failure: undefined });
    await time.pass(1000);
    expect(others.at(-1)).toMatchObject({ type: 'accepted', reply: { seq: 1, duplicate: isThere } });
    expect([texts(server), george.unsent(), storage.length]).toEqual([['old'], [], 0]);
    george.close();
  });

  test('says, before it sends it, that a message may be there twice where the server has forgotten its id', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client({ keepRefused: true });
    server.fails = ({ action }) =>
      action === 'sendMessage' ? { message: 'x', connectionId: 'c', requestId: 'r' } : undefined;
    george.start();
    george.send('lobby', 'old').catch(() => {});
    await time.pass(6.1 * DAY);
    const [old] = george.unsent();
    // Until the server forgets it, it is sent on; then nobody goes on with it unasked.
    george.retry(old!.clientMessageId);
    expect(george.unsent()).toMatchObject([{ failure: undefined }]);
    await time.pass(DAY);
    expect(george.unsent()).toMatchObject([{ failure: { reason: 'expired' } }]);
    server.fails = () => undefined;
    const received = server.received.length;
    expect(george.retry(old!.clientMessageId)).toMatchObject({ failure: { reason: 'doubtful' } });
    await time.pass(1000);
    expect(others.at(-1)).toMatchObject({ type: 'unsendable', error: { reason: 'doubtful' } });
    expect([server.received.length, texts(server)]).toEqual([received, []]);
    expect(george.retry(old!.clientMessageId)).toMatchObject({ failure: undefined });
    await time.pass(1000);
    expect([texts(server), george.unsent()]).toEqual([['old'], []]);
    george.close();
  }, 60_000);

  test('sends under its id also what was refused a week ago, because the server kept nothing', async () => {
    const { time, server, client } = world();
    const { client: george, others } = client({ keepRefused: true });
    george.start();
    await time.pass(1000);
    server.fails = ({ id }) => ({ id, ...error('not_available', false) });
    george.send('lobby', 'refused').catch(() => {});
    await time.pass(1000);
    server.fails = () => undefined;
    const [refused] = george.unsent();
    await time.pass(7 * DAY);
    expect(george.retry(refused!.clientMessageId)).toMatchObject({ failure: undefined });
    await time.pass(60_000);
    const { clientMessageId } = refused!;
    expect(others).toContainEqual(expect.objectContaining({ type: 'accepted', clientMessageId }));
    expect([texts(server), george.unsent()]).toEqual([['refused'], []]);
    george.close();
  }, 60_000);

  test('takes no more than 200 messages or 500,000 characters of one person into the browser, and forgets them when told', () => {
    const storage = new FakeStorage();
    const of = (account: string) => new WebStorageStore(storage, account);
    const entry = (id: number, message = '') => ({
      ...{ clientMessageId: `m${id}`, lane: 'lobby', queuedAt: id, order: id },
      command: { action: 'sendMessage', message },
    });
    for (let id = 0; id < 200; id += 1) of('George').put(entry(id));
    expect(() => of('George').put(entry(200))).toThrow('Too much');
    // What has become of a message that is there already is no message more.
    of('George').put({ ...entry(7), failure: { reason: 'rejected', message: 'no' } });
    for (let id = 0; id < 16; id += 1) of('Elaine').put(entry(id, 'x'.repeat(30_000)));
    expect(() => of('Elaine').put(entry(16, 'x'.repeat(30_000)))).toThrow('Too much');
    of('George').clear();
    expect([of('George').load().length, of('Elaine').load().length]).toEqual([0, 16]);
  });

  test('leaves what it cannot read to the version that wrote it, until told to forget all of a person', () => {
    const storage = new FakeStorage();
    storage.setItem('something else', 'kept');
    storage.setItem('parley.unsent.George.x', '{"half":');
    storage.setItem('parley.unsent.George.y', '{"of":"another version"}');
    storage.setItem('parley.unsent.Elaine.x', '{"half":');
    const store = new WebStorageStore(storage, 'George');
    expect([store.load(), storage.length]).toEqual([[], 4]);
    store.clear();
    expect([storage.key(0), storage.key(1), storage.length]).toEqual([
      'something else',
      'parley.unsent.Elaine.x',
      2,
    ]);
  });

  test('with a full store still sends, and says that it would not survive a reload', async () => {
    const { time, server, client } = world();
    const storage = new FakeStorage();
    storage.full = true;
    const { client: george, others } = client({ store: new WebStorageStore(storage, 'George') });
    george.start();
    const sent = george.send('lobby', 'hello');
    await time.pass(1000);
    expect(await sent).toMatchObject({ seq: 1 });
    expect(texts(server)).toEqual(['hello']);
    expect(others.map(({ type }) => type)).toEqual(['unkept', 'connected', 'accepted']);
    george.close();
  });

  test('S3, 128 KB message, 32 KB frame: what is too large is refused before it is sent', async () => {
    const { time, server, client } = world();
    const { client: george } = client();
    const early = expect(george.send('lobby', 'x'.repeat(40_000))).rejects.toMatchObject({ code: 122 });
    george.start();
    await time.pass(100);
    await early;
    await expect(george.send('lobby', 'ä'.repeat(4001))).rejects.toMatchObject({ reason: 'too_large' });
    await expect(george.commands.signal('u_1', 'x'.repeat(40_000))).rejects.toMatchObject({ code: 122 });
    void george.send('lobby', 'ä'.repeat(4000));
    await time.pass(100);
    expect(texts(server)).toHaveLength(1);
    expect(server.received.filter(({ action }) => action === 'signal')).toEqual([]);
    george.close();
  });
});
