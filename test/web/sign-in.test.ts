import type { Page } from 'playwright-core';
import { findInstallation } from '../../bin/operations/installation';
import { runUserCommand } from '../../bin/operations/users';
import { PASSWORD, UserPool } from '../support/user-pool';
import { appUnderTest } from './app-under-test';
import { describeInBrowser, eventually, say, textsOf } from './browser';

describeInBrowser('signing in', () => {
  const app = appUnderTest(() => ({ context: { access: 'cognito' } }));
  let users: UserPool;
  beforeAll(async () => {
    users = new UserPool(app.runtime);
    for (const name of ['George', 'Elaine']) await users.add(name);
  });
  afterAll(() => users?.close());

  const signIn = async (page: Page, name: string) => {
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const askToSignOut = async (page: Page, name: string) => {
    await page.getByRole('button', { name: `You are ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
  };
  const join = async (page: Page, room: string) => {
    await page.getByRole('button', { name: 'Join or create a room' }).click();
    await page.getByLabel('Name of the room').fill(room);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('heading', { name: room, level: 1 }).waitFor();
  };

  test('S0, email and password: on the hosted page leads back into the chat, under the name of the account, and survives a reload', async () => {
    const george = await app.open();
    await george.getByRole('button', { name: 'Sign in' }).waitFor();
    await expect(george.getByLabel('Your name').count()).resolves.toBe(0);
    await signIn(george, 'George');
    await george.getByRole('button', { name: 'You are George' }).waitFor();
    expect(george.url()).toBe(`${app.runtime.endpoint}/`);
    await join(george, 'the office');
    const elaine = await app.open();
    await signIn(elaine, 'Elaine');
    await join(elaine, 'the office');
    await say(george, 'I am signed in');
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['I am signed in']));
    expect(await elaine.locator('.message-sender').allInnerTexts()).toEqual(['George']);
    const stored = await george.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(stored).not.toContain('eyJ');
    await george.reload();
    await george.getByRole('button', { name: 'You are George' }).waitFor();
  }, 60_000);

  test('out ends the connections of the other tabs, which say so, and asks for the password again', async () => {
    const here = await app.open();
    await signIn(here, 'George');
    await here.getByRole('button', { name: 'You are George' }).waitFor();
    const there = await app.open();
    await signIn(there, 'George');
    await there.getByText('Live', { exact: true }).first().waitFor();
    await askToSignOut(here, 'George');
    await here.getByRole('button', { name: 'Sign out', exact: true }).click();
    await here.getByRole('heading', { name: 'Come in and talk' }).waitFor();
    await there.getByText('Signed off: you have signed out').first().waitFor();
    await there.getByRole('button', { name: 'Reload' }).click();
    await there.getByRole('button', { name: 'Sign in' }).waitFor();
    await here.reload();
    await signIn(here, 'George');
    await here.getByRole('button', { name: 'You are George' }).waitFor();
  }, 60_000);

  test('of somebody who is banned is answered with that, and not with one try after another', async () => {
    await users.add('Newman');
    const page = await app.open();
    await signIn(page, 'Newman');
    await join(page, 'the mailroom');
    const left = await page.evaluate(() => ({ ...localStorage }));
    const installation = await findInstallation({ endpoint: app.runtime.endpoint });
    await runUserCommand({ command: 'ban', name: 'Newman' }, installation, () => {});
    installation.close();
    const isToldSo = () => page.getByText('Signed off: you may not come in').first().waitFor();
    await isToldSo();
    await page.getByRole('button', { name: 'Reload' }).click();
    // The browser complains of the refusal that is meant here.
    page.removeAllListeners('console');
    // A token that is not taken is no reason to forget what is unsent; a ban is.
    const kept = () => page.evaluate(() => ({ ...localStorage }));
    await page.evaluate((entries) => void Object.assign(localStorage, entries), left);
    const json = { error: 'unauthorized' };
    await page.route('**/http/tickets', (route) => route.fulfill({ status: 401, json }));
    await signIn(page, 'Newman');
    await page.getByText('Signed off: the server does not take your sign-in').first().waitFor();
    expect(Object.keys(await kept())).toEqual(expect.arrayContaining(Object.keys(left)));
    await page.unroute('**/http/tickets');
    await page.getByRole('button', { name: 'Reload' }).click();
    await isToldSo();
    expect(await kept()).toEqual({});
  }, 60_000);

  test.each([
    ['sign-out', '**/http/sign-out'],
    ['revocation', '**/oauth2/revoke'],
  ])(
    'out is not believed where the %s did not get through: it is said, and tried again',
    async (_, path) => {
      const page = await app.open();
      await signIn(page, 'Elaine');
      await page.getByRole('button', { name: 'You are Elaine' }).waitFor();
      await page.route(path, (route) => route.abort());
      await askToSignOut(page, 'Elaine');
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.getByText(/The server could not be told/).waitFor();
      await page.unroute(path);
      const told = page.waitForResponse(path);
      await page.getByRole('button', { name: 'Try again' }).click();
      expect((await told).ok()).toBe(true);
      await page.getByRole('heading', { name: 'Come in and talk' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Come in and talk' }).waitFor();
    },
    60_000,
  );

  test('out can be done in this browser alone where the server cannot be told', async () => {
    const page = await app.open();
    await signIn(page, 'Elaine');
    await page.getByRole('button', { name: 'You are Elaine' }).waitFor();
    await page.route('**/http/sign-out', (route) => route.abort());
    await askToSignOut(page, 'Elaine');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('button', { name: 'Forget it here' }).click();
    await page.getByRole('heading', { name: 'Come in and talk' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  }, 60_000);

  test('as somebody else shows and sends nothing of who was here before, and signing out leaves nothing behind', async () => {
    const { endpoint } = app.runtime;
    const faults = (rules: string) => fetch(`${endpoint}/faults`, { method: 'PUT', body: rules });
    const kept = (page: Page) => page.evaluate(() => Object.entries({ ...localStorage }).join());
    const george = await app.open();
    await signIn(george, 'George');
    await join(george, 'the vault');
    await faults('function.invoke[accept-message]:throw');
    try {
      await say(george, 'secret of George');
      await george.locator('.message-outgoing').waitFor();
      const within = george.context();
      await george.close();

      const elaine = await app.open({ within });
      await signIn(elaine, 'Elaine');
      await join(elaine, 'the vault');
      expect(await kept(elaine)).toContain('secret of George');
      expect(await elaine.getByText('secret of George').count()).toBe(0);
      await faults('');
      await say(elaine, 'Elaine was here');
      await eventually(async () => expect(await textsOf(elaine)).toEqual(['Elaine was here']));
      await askToSignOut(elaine, 'Elaine');
      await elaine.getByRole('button', { name: 'Sign out', exact: true }).click();
      await elaine.getByRole('button', { name: 'Sign in' }).waitFor();

      const again = await app.open({ within });
      await signIn(again, 'George');
      await again.getByRole('navigation').getByRole('button', { name: 'the vault' }).click();
      await eventually(async () =>
        expect(await textsOf(again)).toEqual(['Elaine was here', 'secret of George']),
      );
      await faults('function.invoke[accept-message]:throw');
      await say(again, 'never to be sent');
      await again.locator('.message-outgoing').waitFor();
      await askToSignOut(again, 'George');
      await again.getByText('1 message is not sent yet, and would be lost.').waitFor();
      await again.getByRole('button', { name: 'Sign out', exact: true }).click();
      await again.getByRole('button', { name: 'Sign in' }).waitFor();
      expect(await kept(again)).toBe('');
    } finally {
      await faults('');
    }
  }, 120_000);

  test('lasts: a live connection is given the next token before the old one ends', async () => {
    const page = await app.open({ path: 'about:blank' });
    await page.clock.install();
    const frames: string[] = [];
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => frames.push(String(payload)));
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
    });
    await page.goto(`${app.runtime.endpoint}/`);
    await signIn(page, 'George');
    await page.getByText('Live', { exact: true }).first().waitFor();
    await page.getByText('1 person here').waitFor();
    // A jump over the answer to a command, as to the ping on the way, would look like a dead connection.
    await eventually(() => {
      const all = frames.map((frame) => JSON.parse(frame) as { id?: string; ok?: boolean });
      const ids = (isReply: boolean) =>
        all.flatMap(({ id, ok }) => (id !== undefined && (ok !== undefined) === isReply ? [id] : []));
      expect(ids(true).toSorted()).toEqual(ids(false).toSorted());
    });
    await page.clock.fastForward('58:00');
    await eventually(() => expect(frames.join()).toContain('"pong"'));
    await page.clock.fastForward('01:30');
    await eventually(() => {
      const asked = frames.map((frame) => JSON.parse(frame) as Record<string, unknown>);
      const { id } = asked.find(({ action }) => action === 'refresh') ?? {};
      expect(id).toBeDefined();
      expect(asked).toContainEqual(
        expect.objectContaining({ id, ok: true, expiresInMs: expect.any(Number) }),
      );
    });
  }, 60_000);

  test('from a page that was opened as localhost leads back too', async () => {
    const page = await app.open({
      path: `http://localhost:${new URL(app.runtime.endpoint).port}/#meeting=abc`,
    });
    await page.getByRole('heading', { name: 'You are invited to a meeting' }).waitFor();
    expect(page.url()).toBe(`${app.runtime.endpoint}/`);
    await signIn(page, 'George');
    await page.getByRole('dialog', { name: 'Join a meeting' }).waitFor();
    expect(await page.getByLabel('Code or link').inputValue()).toBe('abc');
  }, 60_000);
});
