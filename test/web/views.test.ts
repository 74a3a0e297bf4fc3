import type { Locator } from 'playwright-core';
import { PASSWORD, UserPool } from '../support/user-pool';
import { appUnderTest } from './app-under-test';
import { violationsOf } from './axe';
import { describeInBrowser, enterAsGuest, eventually, PHONE, say, textsOf } from './browser';
import { firstLoadBytes } from './first-load';

describeInBrowser('the browser app', () => {
  const app = appUnderTest();

  test('loads at most 200 KB of compressed JavaScript before it can be used', async () => {
    expect(await firstLoadBytes(app.runtime.endpoint)).toBeLessThanOrEqual(200 * 1024);
  });

  test.each([
    ['a wide screen', {}],
    ['a phone', PHONE],
  ])(
    'has no violation that axe can find, on any view, light and dark, on %s',
    async (_, options) => {
      const entering = await app.open(options);
      await entering.getByLabel('Your name').waitFor();
      expect(await violationsOf(entering)).toEqual([]);

      const page = await app.visit('George', options);
      await say(
        page,
        'Some **Markdown** with `code`, [a link](https://example.com) and\n> a quote\n\n- a list',
      );
      await say(page, '```\nsome code\n```');
      await eventually(async () => expect((await textsOf(page)).at(-1)).toBe('some code'));
      expect(await violationsOf(page)).toEqual([]);

      await page
        .locator('[data-message-id]')
        .last()
        .getByRole('button', { name: /Do something/ })
        .press('Enter');
      await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: 'Emoji' }).click();
      await page.getByPlaceholder('Search').waitFor();
      await page.getByRole('gridcell').first().waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: 'Search in this conversation' }).click();
      expect(await violationsOf(page)).toEqual([]);

      if (options === PHONE) {
        await page.getByRole('button', { name: 'Show people' }).click();
        expect(await violationsOf(page)).toEqual([]);
        await page.getByRole('button', { name: 'Close the list of people' }).click();
        await page.getByRole('button', { name: 'Back to the list' }).click();
        expect(await violationsOf(page)).toEqual([]);
      }
      for (const dialog of ['Join or create a room', 'Start a meeting', 'Join a meeting']) {
        await page.getByRole('button', { name: dialog, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        expect(await violationsOf(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
    },
    120_000,
  );

  test('can be used with the keyboard alone', async () => {
    const page = await app.open();
    await page.getByLabel('Your name').waitFor();
    await page.keyboard.type('George');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'lobby', level: 1 }).waitFor();
    await page.keyboard.type('typed without a mouse');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await textsOf(page)).toContain('typed without a mouse'));
    const focus = () =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      );
    const reach = async (wanted: RegExp, key: string) => {
      for (let steps = 0; steps < 40; steps += 1) {
        if (wanted.test(await focus())) return;
        await page.keyboard.press(key);
      }
      throw new Error(`${String(wanted)} is not reached; the focus is on ${await focus()}`);
    };
    await reach(/Do something with the message/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
    await reach(/^\s*Edit$/, 'ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Text of the message' }).waitFor();
    await page.keyboard.type(', and changed');
    await page.keyboard.press('Enter');
    await eventually(async () =>
      expect((await textsOf(page)).at(-1)).toBe('typed without a mouse, and changed'),
    );
    await eventually(async () => expect(await focus()).toMatch(/Do something with the message/));
    await reach(/Join or create a room/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'by keyboard', level: 1 }).waitFor();
  }, 60_000);

  test('leaves the keyboard to a dialog while a room opens by itself', async () => {
    const faults = (rules: string) => fetch(`${app.runtime.endpoint}/faults`, { method: 'PUT', body: rules });
    await faults('function.invoke[rooms]:throw');
    const page = await app.open();
    await page.getByLabel('Your name').fill('Jerry');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Join or create a room' }).click();
    const field = page.getByLabel('Name of the room');
    await field.waitFor();
    await page.keyboard.type('half a ');
    await faults('');
    await page.locator('.composer').waitFor();
    await page.keyboard.type('name');
    expect(await field.inputValue()).toBe('half a name');
  }, 60_000);

  test('lets somebody in as a guest or signed in where both is possible, and a guest sign in later', async () => {
    const users = new UserPool(app.runtime);
    await users.add('Elaine');
    users.close();
    const page = await app.open();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await enterAsGuest(page, 'Somebody');
    await page.getByRole('heading', { name: 'lobby', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'You are Somebody' }).click();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Sign in' }).click();
    await page.getByLabel('Name').fill('Elaine');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'You are Elaine' }).waitFor();
    const guest = await app.visit('Elaine');
    await say(guest, 'I am Elaine');
    const said = page.getByRole('article').filter({ hasText: 'I am Elaine' });
    const mark = (where: Locator) => where.getByText('guest', { exact: true });
    await mark(said).waitFor();
    // Wherever somebody is picked or let in by their name.
    await page.getByRole('button', { name: 'Write to somebody' }).click();
    await mark(page.getByRole('dialog').getByRole('button', { name: 'Elaine' })).waitFor();
    await page.keyboard.press('Escape');
    await said.getByRole('button', { name: 'Elaine', exact: true }).click();
    await page.getByRole('button', { name: 'Write privately' }).click();
    await mark(page.locator('.conversation-title')).waitFor();
    await mark(page.getByRole('navigation').getByRole('button', { name: 'Elaine' })).waitFor();
    await page.getByRole('button', { name: 'You are Elaine' }).click();
    await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    // Nobody is let in without a question now, nor as the guest of before.
    await page.getByLabel('Your name').waitFor();
    await page.reload();
    await page.getByLabel('Your name').waitFor();
  }, 60_000);

  test('asks guests alone for their name where nobody can sign in, and before it forgets them', async () => {
    const page = await app.visit('George', { configuration: { signIn: undefined, httpUrl: undefined } });
    await page.getByRole('button', { name: 'You are George' }).click();
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      'Change your name',
      'Leave, and forget me here',
    ]);
    await page.getByRole('menuitem', { name: /^Leave/ }).click();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await page.getByLabel('Your name').waitFor();
    await expect(page.getByRole('button', { name: 'Sign in' }).count()).resolves.toBe(0);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  }, 60_000);
});
