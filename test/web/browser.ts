import { existsSync } from 'node:fs';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import type { ParleyClient } from '../../client';
import { eventually as eventuallyWithin } from '../support/eventually';

const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const found = [process.env.CHROMIUM_PATH ?? '', ...USUAL_PATHS].find(
  (file) => file !== '' && existsSync(file),
);

/**
 * `describe` where there is a Chromium. Elsewhere these tests are not registered and one line says so, unless
 * REQUIRE_BROWSER=1 makes that a failure.
 */
export function describeInBrowser(name: string, tests: () => void): void {
  if (found !== undefined) return describe(name, tests);
  const missing =
    'There is no Chromium here: install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.';
  // Jest wants a test in every file.
  test(`${name} is tested where there is a Chromium`, () => {
    expect(process.env.REQUIRE_BROWSER).not.toBe('1');
    process.stderr.write(`${name}: not tested. ${missing}\n`);
  });
}

/** A headless Chromium with a camera and a microphone that make a moving picture and a beep. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: found ?? '',
    args: [
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      // Five pictures a second move too, and cost those of the test's processor that it needs for others.
      '--use-fake-device-for-media-stream=fps=5',
      // A machine with nothing but loopback finds no address for WebRTC otherwise.
      '--allow-loopback-in-peer-connection',
    ],
  });
}

/** How long a page may take for one thing, on a machine that is busy with others. */
const PATIENCE_MS = 20_000;

/** Runs `assertion` until it passes, for as long as a page may take. */
export function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  { timeout = PATIENCE_MS, interval = 50 } = {},
): Promise<Result> {
  return eventuallyWithin(assertion, { timeout, interval });
}

/** What a page complained of: errors, and everything that the Content-Security-Policy stopped. */
const complaints = new WeakMap<Page, string[]>();

export function complaintsOf(page: Page): readonly string[] {
  return complaints.get(page) ?? [];
}

export interface PageOptions extends BrowserContextOptions {
  /** What this deployment's `/config.json` would say otherwise, e.g. the room in which guests begin. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** The browser of somebody who has been here: another tab of it. */
  readonly within?: BrowserContext;
}

/** A browser of somebody's own, with its own storage unless told, that has opened a page. */
export async function openPage(
  browser: Browser,
  url: string,
  { configuration = {}, within, ...options }: PageOptions = {},
): Promise<Page> {
  const context =
    within ?? (await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options }));
  const page = await context.newPage();
  await page.route('**/config.json', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...configuration } });
  });
  page.setDefaultTimeout(PATIENCE_MS);
  const heard: string[] = [];
  complaints.set(page, heard);
  page.on('pageerror', (error) => heard.push(String(error)));
  page.on('console', (message) => {
    // What cannot be reached is the browser's to tell and ours to survive.
    const text = message.text();
    const isOurs = !/WebSocket (connection to|is already in)|net::ERR_FAILED|net::ERR_CONNECTION/.test(text);
    if (message.type() === 'error' && isOurs) heard.push(text);
  });
  await page.goto(url);
  return page;
}

export const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

export async function enterAsGuest(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Enter as a guest' }).click();
  // Not by role: a dialog that asks for the code of a meeting hides what is behind it.
  await page.locator('.me, .composer').first().waitFor();
}

/** Writes into the open conversation. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.fill(text);
  await field.press('Enter');
}

/** The texts in the open conversation, from the top, as one sees them. */
export function textsOf(page: Page): Promise<string[]> {
  return page.locator('[data-message-id] .markdown').allInnerTexts();
}

/** Says much from outside of a browser, and resolves when all of it has its number. */
export async function sayAll(client: ParleyClient, room: string, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => client.send(room, text)));
  client.close();
}

/** `text 1`, `text 2` and so on. */
export function numbered(last: number, text: string): string[] {
  return Array.from({ length: last }, (_, index) => `${text} ${index + 1}`);
}
