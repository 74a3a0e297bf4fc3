import type { Page } from 'playwright-core';
import { startTestRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';
import { UserPool } from '../support/user-pool';
import { appUnderTest } from './app-under-test';
import { describeInBrowser, enterAsGuest, eventually, numbered, say, sayAll, textsOf } from './browser';
import { lineTo, type Line } from './line';

describeInBrowser('what the browser app could not send at once', () => {
  const data = temporaryFolder();
  const app = appUnderTest(() => ({ data }));
  let rooms = 0;
  let room = '';
  let line: Line;
  beforeEach(async () => {
    room = `room ${(rooms += 1)}`;
    line = await lineTo(app.runtime.url);
  });
  afterEach(() => line.close());

  const visit = (name: string) => app.visit(name, { room });
  /** Somebody whose connection can be cut; the page itself can be loaded all the same. */
  const visitByLine = (name: string) =>
    app.visit(name, {
      room,
      origin: line.url.replace(/^ws(.*)\/dev$/, 'http$1'),
      configuration: { websocketUrl: line.url },
    });
  const reconnecting = (page: Page) =>
    page
      .getByText(/Reconnecting in \d+ s/)
      .first()
      .waitFor();
  const isLive = (page: Page) => page.getByText('Live', { exact: true }).first().waitFor();
  const tryNow = (page: Page) => page.getByRole('button', { name: 'Try now' }).first().click();
  const messages = (page: Page) => page.getByRole('region', { name: 'Messages', exact: true });

  const waitingIn = (page: Page) => page.locator('.message-outgoing .markdown').allInnerTexts();
  const faults = async (rules: string) => {
    const { status } = await fetch(`${app.runtime.endpoint}/faults`, { method: 'PUT', body: rules });
    expect(status).toBeLessThan(300);
  };
  afterEach(() => faults(''));

  test('goes out after 50 missed messages were recovered, and both is said', async () => {
    const george = await visit('George');
    const elaine = await visitByLine('Elaine');
    await say(george, 'before');
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['before']));
    line.cut();
    await reconnecting(elaine);
    await sayAll(app.client('Newman', room), room, numbered(50, 'missed'));
    await say(elaine, 'written in a tunnel');
    await elaine.getByText('waits for the connection').waitFor();
    await elaine
      .getByText(/1 message waits/)
      .first()
      .waitFor();
    line.mend();
    await tryNow(elaine);
    await messages(elaine)
      .getByText('Back again. 50 messages came in the meantime, all recovered.')
      .waitFor();
    await eventually(async () => expect((await textsOf(george)).at(-1)).toBe('written in a tunnel'));
    await eventually(async () => expect((await textsOf(elaine)).at(-1)).toBe('written in a tunnel'));
    await isLive(elaine);
    await messages(elaine).evaluate((element) => element.scrollTo(0, 0));
    await eventually(async () =>
      expect((await textsOf(elaine)).slice(0, 3)).toEqual(['before', 'missed 1', 'missed 2']),
    );
  }, 90_000);

  test('is there again after a reload, where it was written and in order, and arrives once', async () => {
    const elaine = await visit('Elaine');
    const george = await visitByLine('George');
    await george.getByRole('button', { name: 'Write to Elaine' }).waitFor();
    line.cut();
    await reconnecting(george);
    for (const text of numbered(3, 'in the room')) await say(george, text);
    await george.getByRole('button', { name: 'Write to Elaine' }).click();
    for (const text of numbered(2, 'just for you')) await say(george, text);
    await george
      .getByText(/5 messages wait/)
      .first()
      .waitFor();

    await faults('function.invoke[accept-message]:throw');
    line.mend();
    await george.reload();
    await eventually(async () => expect(await waitingIn(george)).toEqual(numbered(3, 'in the room')));
    await george.getByRole('navigation').getByRole('button', { name: 'Elaine' }).click();
    await eventually(async () => expect(await waitingIn(george)).toEqual(numbered(2, 'just for you')));
    expect(await textsOf(elaine)).toEqual([]);

    await faults('');
    await eventually(async () => expect(await textsOf(elaine)).toEqual(numbered(3, 'in the room')), {
      timeout: 40_000,
    });
    await elaine.getByRole('button', { name: /George.*2 unread/s }).click({ timeout: 40_000 });
    await eventually(async () => expect(await textsOf(elaine)).toEqual(numbered(2, 'just for you')));
    await eventually(async () => expect(await textsOf(george)).toEqual(numbered(2, 'just for you')));
    await george.reload();
    await george.getByRole('navigation').getByRole('button', { name: room }).click();
    await eventually(async () => expect(await textsOf(george)).toEqual(numbered(3, 'in the room')));
    expect(await waitingIn(george)).toEqual([]);
  }, 120_000);

  test('and was refused stays over a reload, until it is discarded or a retry gets it through, once', async () => {
    const users = new UserPool(app.runtime);
    await users.add('Jerry');
    const token = await users.signIn('Jerry');
    users.close();
    const owner = app.signedIn(() => token);
    const { roomId } = await owner.commands.createRoom('the diner');
    const george = await visitByLine('George');
    const enter = async () => {
      await george.getByRole('button', { name: 'Join or create a room' }).click();
      await george.getByLabel('Name of the room').fill('the diner');
      await george.getByRole('button', { name: 'Join', exact: true }).click();
      await george.getByRole('heading', { name: 'the diner', level: 1 }).waitFor();
    };
    await enter();
    const { members } = await owner.commands.members(roomId);
    const person = { roomId, userId: members.find(({ name }) => name === 'George')!.userId };
    line.cut();
    await reconnecting(george);
    for (const text of ['let me in', 'never mind']) await say(george, text);
    await owner.commands.decide('ban', person);
    line.mend();
    await tryNow(george);
    await george
      .getByText(/Not sent\./)
      .nth(1)
      .waitFor();

    await george.reload();
    await george.getByRole('button', { name: /something was not sent/ }).click();
    await eventually(async () => expect(await waitingIn(george)).toEqual(['let me in', 'never mind']));
    await george.getByText('You are no longer in this room.').waitFor();
    const failed = (text: string) => george.locator('.message-outgoing', { hasText: text });
    await failed('never mind').getByRole('button', { name: 'Discard' }).click();
    await owner.commands.decide('unban', person);
    await enter();
    await failed('let me in').getByRole('button', { name: 'Try again' }).click();
    await eventually(async () => expect(await textsOf(george)).toEqual(['let me in']));
    await eventually(async () => {
      const { messages: said } = await owner.commands.history(roomId);
      expect(said.map((message) => message.type === 'message' && message.message)).toEqual(['let me in']);
    });
    await george.reload();
    await eventually(async () => expect(await textsOf(george)).toEqual(['let me in']));
    expect(await waitingIn(george)).toEqual([]);
  }, 90_000);

  test('is one tab’s to send, and another’s when that is closed; discarded in one it is discarded in all', async () => {
    const users = new UserPool(app.runtime);
    await users.add('Newman');
    const token = await users.signIn('Newman');
    users.close();
    const owner = app.signedIn(() => token);
    const { roomId } = await owner.commands.createRoom('the couch');
    const george = await visit('George');
    const enter = async () => {
      await george.getByRole('button', { name: 'Join or create a room' }).click();
      await george.getByLabel('Name of the room').fill('the couch');
      await george.getByRole('button', { name: 'Join', exact: true }).click();
      await george.getByRole('heading', { name: 'the couch', level: 1 }).waitFor();
    };
    await enter();
    const { members } = await owner.commands.members(roomId);
    const person = { roomId, userId: members.find(({ name }) => name === 'George')!.userId };
    await faults('function.invoke[accept-message]:throw');
    await say(george, 'never mind');
    await eventually(async () => expect(await waitingIn(george)).toEqual(['never mind']));

    const sentByOther: string[] = [];
    const other = await app.open({ within: george.context(), path: 'about:blank' });
    other.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (String(payload).includes('"sendMessage"')) sentByOther.push(String(payload));
      }),
    );
    await other.goto(`${app.runtime.endpoint}/`);
    await other.getByRole('navigation').getByRole('button', { name: 'the couch' }).click();
    await eventually(async () => expect(await waitingIn(other)).toEqual(['never mind']));
    await owner.commands.decide('ban', person);
    await faults('');
    for (const tab of [george, other]) await tab.getByText(/Not sent\./).waitFor({ timeout: 40_000 });
    await george.getByRole('button', { name: 'Discard' }).click();
    for (const tab of [george, other]) await eventually(async () => expect(await waitingIn(tab)).toEqual([]));

    await owner.commands.decide('unban', person);
    await enter();
    await faults('function.invoke[accept-message]:throw');
    await say(george, 'let me in');
    await eventually(async () => expect(await waitingIn(george)).toEqual(['let me in']));
    await other.reload();
    await other.getByRole('navigation').getByRole('button', { name: 'the couch' }).click();
    await eventually(async () => expect(await waitingIn(other)).toEqual(['let me in']));
    expect(sentByOther).toEqual([]);
    await george.close();
    await faults('');
    await eventually(async () => expect(await textsOf(other)).toEqual(['let me in']), { timeout: 40_000 });
    expect(await waitingIn(other)).toEqual([]);
    const { messages: said } = await owner.commands.history(roomId);
    expect(said.map((message) => message.type === 'message' && message.message)).toEqual(['let me in']);
  }, 120_000);

  test('is never sent by the next guest of the same browser', async () => {
    const leave = async (page: Page, name: string) => {
      await page.getByRole('button', { name: `You are ${name}` }).click();
      await page.getByRole('menuitem', { name: 'Leave, and forget me here' }).click();
      await page.getByRole('button', { name: 'Leave', exact: true }).click();
      await page.getByRole('heading', { name: 'Come in and talk' }).waitFor();
    };
    const george = await visit('George');
    const other = await app.open({ within: george.context(), configuration: { room } });
    await leave(other, 'George');
    await enterAsGuest(other, 'Elaine');
    await faults('function.invoke[accept-message]:throw');
    await say(george, 'secret of George');
    await eventually(async () => expect(await waitingIn(george)).toEqual(['secret of George']));
    await george.close();
    await other.reload();
    await faults('');
    await say(other, 'Elaine was here');
    await eventually(async () => expect(await textsOf(other)).toEqual(['Elaine was here']));
    expect(await waitingIn(other)).toEqual([]);
    await leave(other, 'Elaine');
    expect(await other.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('secret');
  }, 60_000);

  test('goes out after the server was restarted, to everybody, without a loss', async () => {
    const people = [await visit('George'), await visit('Elaine'), await visit('Jerry')] as const;
    await say(people[0], 'before the restart');
    await eventually(async () => {
      for (const page of people) expect(await textsOf(page)).toEqual(['before the restart']);
    });
    const port = Number(new URL(app.runtime.url).port);
    await app.runtime.close();
    await people[1]
      .getByText(/Reconnecting/)
      .first()
      .waitFor();
    await say(people[1], 'while it was down');
    app.runtime = await startTestRuntime({ data, port });
    await say(people[2], 'after the restart');
    await eventually(
      async () => {
        for (const page of people) {
          const texts = await textsOf(page);
          expect([...texts].sort()).toEqual(['after the restart', 'before the restart', 'while it was down']);
          expect(texts).toEqual(await textsOf(people[0]));
        }
      },
      { timeout: 40_000 },
    );
  }, 120_000);
});
