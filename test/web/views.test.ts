import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import type { Runtime } from '../../local/runtime';
import {
  complaintsOf,
  describeInBrowser,
  enterAsGuest,
  openBrowser,
  openPage,
  say,
  textsOf,
} from './browser';
import { firstLoadBytes } from './first-load';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

/**
 * What axe finds on the page as it is, in light and in dark.
 * @param isPopup whether a menu or the like is open, which belongs to its button and to no landmark
 */
async function violationsOf(page: Page, isPopup = false): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const violations = await page.evaluate(async (landmarks) => {
      const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
      const { violations } = await axe.run(document, {
        resultTypes: ['violations'],
        rules: { region: { enabled: landmarks } },
      });
      return violations.map(({ id, nodes }) => ({
        id,
        nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
      }));
    }, !isPopup);
    found.push(...violations.map((violation) => ({ colorScheme, ...violation })));
  }
  return found;
}

describeInBrowser('the browser app', () => {
  let runtime: Runtime;
  let browser: Browser;
  const pages: Page[] = [];

  beforeAll(async () => {
    // One by one, so that whatever is open is closed when the next one fails.
    browser = await openBrowser();
    runtime = await startTestRuntime();
  }, 120_000);
  afterEach(async () => {
    const complaints = pages.flatMap(complaintsOf);
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.close();
  });

  const open = async (options: Parameters<typeof openPage>[2] & { path?: string } = {}) => {
    const { path = '', ...rest } = options;
    const page = await openPage(browser, `${runtime.endpoint}/${path}`, rest);
    pages.push(page);
    return page;
  };
  const visit = async (name: string, options = {}) => {
    const page = await open(options);
    await enterAsGuest(page, name);
    await page.getByRole('heading', { name: 'lobby', level: 1 }).waitFor();
    return page;
  };

  test('loads at most 200 KB of compressed JavaScript before it can be used', async () => {
    expect(await firstLoadBytes(runtime.endpoint)).toBeLessThanOrEqual(200 * 1024);
  });

  test.each([
    ['a wide screen', {}],
    ['a phone', PHONE],
  ])(
    'has no violation that axe can find, on any view, light and dark, on %s',
    async (_, options) => {
      const entering = await open(options);
      await entering.getByLabel('Your name').waitFor();
      expect(await violationsOf(entering)).toEqual([]);

      const page = await visit('George', options);
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
      expect(await violationsOf(page, true)).toEqual([]);
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: 'Emoji' }).click();
      await page.getByPlaceholder('Search').waitFor();
      await page.getByRole('gridcell').first().waitFor();
      expect(await violationsOf(page, true)).toEqual([]);
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
    const page = await open();
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
    await reach(/Join or create a room/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'by keyboard', level: 1 }).waitFor();
  }, 60_000);

  describe('holds meetings', () => {
    const codeFrom = async (page: Page) => {
      await page.getByRole('button', { name: 'Invite' }).click();
      const code = await page.getByTestId('meeting-code').innerText();
      await page.keyboard.press('Escape');
      return code;
    };
    const start = async (page: Page, name: string) => {
      await page.getByRole('button', { name: 'Start a meeting' }).click();
      await page.getByLabel('What is it about?').fill(name);
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      return codeFrom(page);
    };
    const ask = async (page: Page) => {
      await page.getByRole('dialog').getByRole('button', { name: 'Ask to join' }).click();
      await page.getByText(/Waiting for the host to let you into/).waitFor();
    };
    /** How much of a picture there is, and whether it moves. */
    const frames = (page: Page, name: string) =>
      page.getByLabel(`Picture of ${name}`).evaluate((element) => {
        const video = element as HTMLVideoElement;
        return { width: video.videoWidth, shown: video.getVideoPlaybackQuality().totalVideoFrames };
      });
    const seesMoving = async (page: Page, name: string) => {
      await page.getByLabel(`Picture of ${name}`).waitFor();
      const { shown } = await eventually(
        async () => {
          const picture = await frames(page, name);
          expect(picture.width).toBeGreaterThan(0);
          return picture;
        },
        { timeout: 20_000 },
      );
      await eventually(async () => expect((await frames(page, name)).shown).toBeGreaterThan(shown + 2), {
        timeout: 10_000,
      });
    };

    test('whose host lets people in or not; those who are in see each other move', async () => {
      const george = await visit('George');
      const code = await start(george, 'Room One');
      const elaine = await open({ path: `#meeting=${code}` });
      await enterAsGuest(elaine, 'Elaine');
      await ask(elaine);
      const newman = await open({ path: `#meeting=${code}` });
      await enterAsGuest(newman, 'Newman');
      await ask(newman);

      const asking = george.getByRole('status', { name: 'People who ask to join' });
      await asking.getByText('Newman asks to join.').waitFor();
      expect(await violationsOf(george)).toEqual([]);
      await asking
        .locator('.meeting-notice', { hasText: 'Newman' })
        .getByRole('button', { name: 'Refuse' })
        .click();
      await newman.getByText('The host did not let you into Room One.').waitFor();
      await asking
        .locator('.meeting-notice', { hasText: 'Elaine' })
        .getByRole('button', { name: 'Admit' })
        .click();
      await elaine.getByRole('heading', { name: 'Room One', level: 1 }).waitFor();
      await say(elaine, 'Here I am');
      await eventually(async () => expect(await textsOf(george)).toEqual(['Here I am']));
      expect(await newman.getByText('Here I am').count()).toBe(0);

      await george.getByRole('button', { name: 'Join the call' }).click();
      await elaine.getByRole('button', { name: 'Join the call' }).click();
      await seesMoving(george, 'Elaine');
      await seesMoving(elaine, 'George');
      expect(await violationsOf(george)).toEqual([]);

      await elaine.getByRole('button', { name: 'Mute the microphone' }).click();
      await elaine.getByRole('button', { name: 'Unmute the microphone' }).waitFor();
      await elaine.getByRole('button', { name: 'Leave the call' }).click();
      await george.getByText('Nobody else is in the call yet').waitFor();
    }, 120_000);

    test('in which a refused camera is said plainly, and one can look on', async () => {
      const george = await visit('George');
      await start(george, 'Room Two');
      await george.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
      });
      await george.getByRole('button', { name: 'Join the call' }).click();
      await george.getByText(/Camera and microphone were refused/).waitFor();
      await george.getByText(/You can look and listen/).waitFor();
    }, 60_000);
  });
});
