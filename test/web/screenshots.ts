/** `npm run screenshots` writes docs/images: each main view of the browser app, light and dark, on desktop and phone. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { enterAsGuest, openBrowser, openPage, say, textsOf } from './browser';

const ROOT = path.join(__dirname, '..', '..');
const TARGET = path.join(ROOT, 'docs', 'images');
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: path.join(TARGET, `${name}-${colorScheme}.png`) });
  }
}

async function conversation(people: { george: Page; elaine: Page; jerry: Page }): Promise<void> {
  const { george, elaine, jerry } = people;
  const inOrder: [Page, string][] = [
    [george, 'Has anybody seen the agenda for **Thursday**?'],
    [elaine, 'I put it here: https://example.com/agenda'],
    [elaine, 'Three points:\n1. the new catalogue\n2. who calls Mr. Pitt\n3. `umbrella` prices'],
    [jerry, 'What is the deal with *umbrellas*?'],
    [george, '> who calls Mr. Pitt\n\nNot me. I called last time 🙂'],
  ];
  for (const [index, [page, text]] of inOrder.entries()) {
    await say(page, text);
    await eventually(async () => {
      for (const one of [george, elaine, jerry]) need(await textsOf(one), index + 1);
    });
  }
}

function need(texts: readonly string[], count: number): void {
  if (texts.length !== count) throw new Error(`${texts.length} of ${count} messages are there`);
}

async function take(browser: Browser, url: string): Promise<void> {
  const enter = async (name: string, options: BrowserContextOptions = {}) => {
    const page = await openPage(browser, url, options);
    await enterAsGuest(page, name);
    await page.getByRole('heading', { name: 'lobby', level: 1 }).waitFor();
    return page;
  };
  const george = await enter('George Costanza');
  const elaine = await enter('Elaine Benes');
  const jerry = await enter('Jerry', PHONE);
  await picture(await openPage(browser, url), 'entering');
  await conversation({ george, elaine, jerry });
  await george
    .getByRole('complementary', { name: 'People' })
    .getByRole('button', { name: /Elaine/ })
    .click();
  await say(george, 'Lunch at two?');
  await elaine.getByRole('button', { name: /George Costanza.*unread/s }).waitFor();
  // Until "read" has come back, which is told every five seconds.
  await george.getByRole('navigation').getByRole('button', { name: 'lobby' }).click();
  await george.getByText('Read', { exact: true }).last().waitFor({ state: 'attached' });
  await jerry.getByRole('textbox', { name: /^Message to/ }).pressSequentially('I would say', { delay: 350 });
  await george.getByText('Jerry is typing').waitFor();
  await picture(george, 'conversation');
  await picture(jerry, 'phone-conversation');
  await jerry.getByRole('button', { name: 'Back to the list' }).click();
  await picture(jerry, 'phone-rooms');

  await george.getByRole('button', { name: 'Start a meeting' }).click();
  await george.getByLabel('What is it about?').fill('Catalogue');
  await picture(george, 'new-meeting');
  await george.getByRole('button', { name: 'Start', exact: true }).click();
  await george.getByRole('button', { name: 'Invite' }).click();
  const code = await george.getByTestId('meeting-code').innerText();
  await george.keyboard.press('Escape');
  for (const page of [elaine, jerry]) {
    await page.getByRole('button', { name: 'Join a meeting' }).click();
    await page.getByLabel('Code or link').fill(code);
    await page.getByRole('button', { name: 'Ask to join' }).click();
  }
  await george.getByText('Jerry asks to join.').waitFor();
  await george
    .locator('.meeting-notice', { hasText: 'Elaine' })
    .getByRole('button', { name: 'Admit' })
    .click();
  await elaine.getByRole('button', { name: 'Join the call' }).click();
  await george.getByRole('button', { name: 'Join the call' }).click();
  await george.getByText('2 in the call').waitFor();
  await george
    .getByLabel('Picture of Elaine Benes')
    .evaluate(
      (video) => new Promise((resolve) => (video as HTMLVideoElement).requestVideoFrameCallback(resolve)),
    );
  await say(george, 'Can everybody see me?');
  await george.mouse.move(700, 5);
  await picture(george, 'meeting');
}

async function main(): Promise<void> {
  mkdirSync(TARGET, { recursive: true });
  const runtime = await startTestRuntime();
  try {
    const browser = await openBrowser();
    try {
      await take(browser, `${runtime.endpoint}/`);
    } finally {
      await browser.close();
    }
  } finally {
    await runtime.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
