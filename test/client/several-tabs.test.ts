import { WebStorageStore } from '../../client';
import { FakeBrowser, type Abilities } from './fake-browser';
import { upTo, world } from './recorded';

const REFUSED = { code: 108, name: 'not_available', message: 'no', temporary: false, traceId: 't' };

/** A browser in which one person has several tabs open, of which none is connected before it is started. */
function browserOf(abilities: Abilities) {
  const { time, server, client } = world();
  const browser = new FakeBrowser(abilities);
  const open = () => {
    const { storage, tabs, crash } = browser.open();
    const tab = client({ store: new WebStorageStore(storage, 'George', tabs), keepRefused: true });
    return { ...tab, crash, texts: () => textsOf(tab.client) };
  };
  const textsOf = (of: ReturnType<typeof client>['client']) =>
    of.unsent().map(({ command, failure }) => [command['message'], failure?.reason]);
  const say = (tab: ReturnType<typeof open>, text: string) => {
    tab.client.send('lobby', text).catch(() => {});
  };
  let isRefusing = false;
  server.fails = ({ action, id }) =>
    isRefusing && action === 'sendMessage' ? { id, ok: false, error: REFUSED, message: '' } : undefined;
  return {
    ...{ time, server, browser, open, say },
    /** Whether the server refuses messages for good. */
    refuse: (refuses: boolean) => (isRefusing = refuses),
    /** How often each text came in. */
    sent: () => server.received.flatMap(({ action, message }) => (action === 'sendMessage' ? [message] : [])),
    said: () => server.room('lobby').log.map((push) => (push.type === 'message' ? push.message : push.type)),
  };
}

const LOCKS = { locks: true, events: true };
const ALL = [
  ['with locks', LOCKS],
  ['without locks', { locks: false, events: true }],
  ['without locks, in a tab that was frozen meanwhile', { locks: false, events: false }],
  ['where the browser refuses its locks, in a tab that was frozen', { locks: 'refused', events: false }],
] as const;

describe('a person with several tabs', () => {
  test.each(ALL)('has given up in all of them what is discarded in one, %s', async (_, abilities) => {
    const { time, browser, open, say, refuse, sent } = browserOf(abilities);
    const one = open();
    say(one, 'never mind');
    await time.pass(100);
    // Loaded while the message still waits.
    const other = open();
    await time.pass(100);
    expect(other.texts()).toEqual([['never mind', undefined]]);
    refuse(true);
    one.client.start();
    await time.pass(1000);
    const [refused] = one.client.unsent();
    expect(refused).toMatchObject({ failure: { reason: 'not_available' } });
    // Loaded when it was refused.
    const third = open();
    expect(third.texts()).toEqual([['never mind', 'not_available']]);
    one.client.discard(refused!.clientMessageId);
    refuse(false);
    await time.pass(100);
    const before = sent().length;
    other.client.start();
    third.client.start();
    one.crash();
    await time.pass(60_000);
    expect(sent().length).toBe(before);
    expect([...one.texts(), ...other.texts()]).toEqual([]);
    if (abilities.events) expect(third.texts()).toEqual([]);
    expect(browser.items.size).toBe(0);
    for (const { client } of [one, other, third]) client.close();
  });

  test('sends each message from the tab that has it, and from one other when that is gone', async () => {
    const { time, open, say, sent, said } = browserOf(LOCKS);
    const one = open();
    const others = [open(), open(), open()];
    for (const text of ['a', 'b', 'c']) say(one, text);
    await time.pass(1000);
    const late = open();
    for (const { client } of [...others, late]) client.start();
    await time.pass(60_000);
    expect([sent(), late.texts().length]).toEqual([[], 3]);
    one.crash();
    await time.pass(60_000);
    expect([sent(), said()]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    for (const { client, texts, seqs } of [...others, late]) {
      expect([texts(), seqs()]).toEqual([[], upTo(3)]);
      client.close();
    }
  });

  test('sees in another tab what a tab has left that is gone, until it is sent', async () => {
    const { time, open, say, said } = browserOf(LOCKS);
    const one = open();
    const other = open();
    const told: unknown[] = [];
    other.client.on('unsent', ({ entry }) => told.push(entry.command['message']));
    say(one, 'a');
    await time.pass(1000);
    expect([told, other.texts()]).toEqual([[], []]);
    one.client.close();
    await time.pass(1000);
    expect([told, other.texts()]).toEqual([['a'], [['a', undefined]]]);
    other.client.start();
    await time.pass(1000);
    expect([said(), other.texts()]).toEqual([['a'], []]);
    expect(other.others.map(({ type }) => type)).toEqual(['connected', 'accepted']);
    other.client.close();
  });

  test('may send again in one tab what was refused in another, which has it no more', async () => {
    const { time, open, say, refuse, said } = browserOf(LOCKS);
    const one = open();
    const other = open();
    refuse(true);
    one.client.start();
    say(one, 'a');
    await time.pass(1000);
    expect(other.texts()).toEqual([['a', 'not_available']]);
    const [refused] = other.client.unsent();
    refuse(false);
    expect(other.client.retry(refused!.clientMessageId)).toMatchObject({ failure: undefined });
    await time.pass(100);
    expect(one.texts()).toEqual([['a', undefined]]);
    expect(one.client.retry(refused!.clientMessageId)).toBeUndefined();
    other.client.start();
    await time.pass(1000);
    expect([said(), one.texts(), other.texts()]).toEqual([['a'], [], []]);
    for (const { client } of [one, other]) client.close();
  });

  test('sees it settled where another tab has sent it, without locks too, and once', async () => {
    const { time, open, say, said, sent } = browserOf({ locks: false, events: true });
    const one = open();
    const sending = one.client.send('lobby', 'a');
    const withdrawn = expect(sending).rejects.toMatchObject({ reason: 'withdrawn' });
    const other = open();
    other.client.start();
    await time.pass(1000);
    await withdrawn;
    one.client.start();
    say(one, 'b');
    await time.pass(1000);
    expect([said(), sent()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    for (const { client, texts } of [one, other]) {
      expect(texts()).toEqual([]);
      client.close();
    }
  });

  test.each([ALL[0], ALL[1]])(
    'tells who sends a message that it was accepted, though another tab hears of it first, %s',
    async (_, abilities) => {
      const { time, server, browser, open, said } = browserOf(abilities);
      server.replyWay = ({ action }: { action?: string }) => (action === 'sendMessage' ? [500] : [0]);
      const one = open();
      const sending = one.client.send('lobby', 'a');
      sending.catch(() => {});
      // Loaded while the message still waits.
      const other = open();
      other.client.start();
      await time.pass(100);
      one.client.start();
      await time.pass(5000);
      expect(await sending).toMatchObject({ seq: 1 });
      expect([said(), one.texts(), other.texts(), browser.items.size]).toEqual([['a'], [], [], 0]);
      for (const { client } of [one, other]) client.close();
    },
  );

  test('leaves a message to the tab that sends it, whose reply may be lost though another has heard of it', async () => {
    const { time, server, browser, open, said } = browserOf(LOCKS);
    server.replyWay = ({ action }: { action?: string }) => (action === 'sendMessage' ? [] : [0]);
    const one = open();
    const sending = one.client.send('lobby', 'a');
    sending.catch(() => {});
    const other = open();
    other.client.start();
    await time.pass(100);
    one.client.start();
    await time.pass(1000);
    expect([other.seqs(), other.texts(), browser.items.size]).toEqual([[1], [], 1]);
    server.replyWay = () => [0];
    server.cut();
    await time.pass(60_000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect([said(), one.texts(), browser.items.size]).toEqual([['a'], [], 0]);
    for (const { client } of [one, other]) client.close();
  });

  test('does not try again what was removed from the store while a try was under way that failed', async () => {
    const { time, server, browser, open, sent } = browserOf(LOCKS);
    server.replyWay = ({ action }: { action?: string }) => (action === 'sendMessage' ? [500] : [0]);
    server.fails = ({ action }) =>
      action === 'sendMessage' ? { message: 'x', connectionId: 'c', requestId: 'r' } : undefined;
    const one = open();
    one.client.start();
    const withdrawn = expect(one.client.send('lobby', 'a')).rejects.toMatchObject({ reason: 'withdrawn' });
    await time.pass(300);
    new WebStorageStore(browser.open().storage, 'George').clear();
    await time.pass(60_000);
    await withdrawn;
    expect([sent(), one.texts()]).toEqual([['a'], []]);
    one.client.close();
  });

  test('gets a message not back by its refusal where another tab has given it up meanwhile', async () => {
    const { time, server, open, say, refuse, browser } = browserOf({ locks: false, events: true });
    const one = open();
    say(one, 'a');
    const other = open();
    refuse(true);
    one.client.start();
    await time.pass(1000);
    const [refused] = one.client.unsent();
    // The other tab never heard of the refusal in time: its own try is under way.
    one.client.retry(refused!.clientMessageId);
    server.replyWay = ({ action }: { action?: string }) => (action === 'sendMessage' ? [500] : [0]);
    const third = open();
    other.client.start();
    third.client.start();
    await time.pass(300);
    expect(third.texts()).toEqual([['a', undefined]]);
    new WebStorageStore(browser.open().storage, 'George').clear();
    await time.pass(5000);
    for (const { client, texts } of [one, other, third]) {
      expect(texts()).toEqual([]);
      client.close();
    }
    expect(browser.items.size).toBe(0);
  });

  test('sends all the same where the browser refuses its locks', async () => {
    const { time, server, client } = world();
    const browser = new FakeBrowser(LOCKS);
    const { storage, tabs } = browser.open();
    const first = client({ store: new WebStorageStore(storage, 'George', tabs) });
    first.client.send('lobby', 'a').catch(() => {});
    first.client.close();
    const locks = { request: () => Promise.reject(new Error('SecurityError')) };
    const second = client({ store: new WebStorageStore(storage, 'George', { ...tabs, locks }) });
    second.client.start();
    await time.pass(1000);
    expect(server.room('lobby').log).toHaveLength(1);
    second.client.close();
  });
});
