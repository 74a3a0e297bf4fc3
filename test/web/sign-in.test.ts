import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Runtime } from '../../local/runtime';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { PASSWORD, UserPool } from '../support/user-pool';
import { complaintsOf, describeInBrowser, openBrowser, openPage, say, textsOf } from './browser';

describeInBrowser('signing in', () => {
  let runtime: Runtime;
  let browser: Browser;
  let users: UserPool;
  const contexts: BrowserContext[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    runtime = await startTestRuntime({ context: { access: 'cognito' } });
    users = new UserPool(runtime);
    for (const name of ['George', 'Elaine']) await users.add(name);
  }, 120_000);
  afterEach(async () => {
    const complaints = pages.splice(0).flatMap(complaintsOf);
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    users?.close();
    await browser?.close();
    await runtime?.close();
  });

  const open = async (url = `${runtime.endpoint}/`) => {
    const page = await openPage(browser, url);
    contexts.push(page.context());
    pages.push(page);
    return page;
  };
  const signIn = async (page: Page, name: string) => {
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const join = async (page: Page, room: string) => {
    await page.getByRole('button', { name: 'Join or create a room' }).click();
    await page.getByLabel('Name of the room').fill(room);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('heading', { name: room, level: 1 }).waitFor();
  };

  test('on the hosted page leads back into the chat, under the name of the account, and survives a reload', async () => {
    const george = await open();
    await george.getByRole('button', { name: 'Sign in' }).waitFor();
    await expect(george.getByLabel('Your name').count()).resolves.toBe(0);
    await signIn(george, 'George');
    await george.getByRole('button', { name: 'You are George' }).waitFor();
    expect(george.url()).toBe(`${runtime.endpoint}/`);
    await join(george, 'the office');
    const elaine = await open();
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
    const here = await open();
    await signIn(here, 'George');
    await here.getByRole('button', { name: 'You are George' }).waitFor();
    const there = await open();
    await signIn(there, 'George');
    await there.getByText('Live', { exact: true }).first().waitFor();
    await here.getByRole('button', { name: 'You are George' }).click();
    await here.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
    await here.getByRole('heading', { name: 'Come in and talk' }).waitFor();
    await there.getByText('Signed off: you have signed out').first().waitFor();
    await there.getByRole('button', { name: 'Reload' }).click();
    await there.getByRole('button', { name: 'Sign in' }).waitFor();
    await here.reload();
    await signIn(here, 'George');
    await here.getByRole('button', { name: 'You are George' }).waitFor();
  }, 60_000);

  test('lasts: a live connection is given the next token before the old one ends', async () => {
    const page = await open('about:blank');
    await page.clock.install();
    const frames: string[] = [];
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => frames.push(String(payload)));
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
    });
    await page.goto(`${runtime.endpoint}/`);
    await signIn(page, 'George');
    await page.getByText('Live', { exact: true }).first().waitFor();
    await page.getByText('1 person here').waitFor();
    // A ping is due on the way; a jump over its answer would look like a dead connection.
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
    const page = await open(`http://localhost:${new URL(runtime.endpoint).port}/#meeting=abc`);
    await page.getByRole('heading', { name: 'You are invited to a meeting' }).waitFor();
    expect(page.url()).toBe(`${runtime.endpoint}/`);
    await signIn(page, 'George');
    await page.getByRole('dialog', { name: 'Join a meeting' }).waitFor();
    expect(await page.getByLabel('Code or link').inputValue()).toBe('abc');
  }, 60_000);
});
