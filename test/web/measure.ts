/**
 * `npx tsx test/web/measure.ts` prints how the browser app fares: what is loaded before it can be used, how soon that
 * is, and how many frames it drops while 10,000 Markdown messages are scrolled, 20 more arrive each second and the
 * processor is slowed down to a quarter, by a script in each frame and by a wheel; beside it what this machine drops with
 * nothing to do, and with a plain list.
 */
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Runtime } from '../../local/runtime';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { enterAsGuest, openBrowser, openPage } from './browser';
import { EndlessRoom } from './endless-room';
import { firstLoadBytes } from './first-load';
import { countFrames, type Frames } from './frames';
import { countSeenFrames } from './seen-frames';

const MESSAGES = 10_000;
const A_SECOND = 20;
const SECONDS = 10;
const ROOM = 'a long room';
const LOADS = 5;
const LIST = '.messages-scroller';
/** In this order, as the page is loaded. */
const APPEARING = ['.workspace', '.connection-live', '.composer textarea:enabled'];

function slowDown(session: CDPSession, rate: number): Promise<unknown> {
  return session.send('Emulation.setCPUThrottlingRate', { rate });
}

function print(what: string, { dropped, median, longest }: Frames): void {
  console.log(
    `${what}: ${dropped.toFixed(1)} % of the frames dropped, median ${median.toFixed(1)} ms, longest ${longest.toFixed(0)} ms`,
  );
}

async function printSeen(browser: Browser, page: Page, what: string): Promise<void> {
  await page.locator(LIST).evaluate((list) => list.scrollTo(0, list.scrollHeight / 2));
  const { dropped, blank } = await countSeenFrames(browser, page, SECONDS / 2, LIST);
  console.log(
    `${what}: ${dropped.toFixed(1)} % of the frames dropped by the browser, ${blank.toFixed(1)} % with blank places`,
  );
}

/** Milliseconds from the navigation of somebody who is known here to a field that takes text, and to a connection. */
async function timeLoads(browser: Browser, url: string, rate: number): Promise<void> {
  const page = await openPage(browser, url);
  const drawn: number[] = [];
  const usable: number[] = [];
  const live: number[] = [];
  await page.getByLabel('Your name').waitFor();
  await enterAsGuest(page, 'Elaine');
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.waitFor();
  await slowDown(await page.context().newCDPSession(page), rate);
  for (let load = 0; load < LOADS; load += 1) {
    await page.reload({ waitUntil: 'commit' });
    const [workspace = 0, connection = 0, text = 0] = await page.evaluate(async (selectors) => {
      const times: number[] = [];
      for (const selector of selectors) {
        while (document.querySelector(selector) === null)
          await new Promise((resolve) => requestAnimationFrame(resolve));
        times.push(performance.now());
      }
      return times;
    }, APPEARING);
    drawn.push(workspace);
    live.push(connection);
    usable.push(text);
  }
  await page.context().close();
  const median = (all: number[]) => Math.round(all.sort((one, other) => one - other)[LOADS >> 1] ?? 0);
  console.log(
    `processor at 1/${rate}, median of ${LOADS} loads: app drawn after ${median(drawn)} ms, ` +
      `connected after ${median(live)} ms, a message can be written after ${median(usable)} ms`,
  );
}

/** Loads the whole history by going to its beginning again and again. */
async function loadAll(page: Page): Promise<void> {
  const list = page.getByRole('region', { name: 'Messages', exact: true });
  await eventually(
    async () => {
      await list.evaluate((element) => element.scrollTo(0, 0));
      if ((await page.getByText(`This is the beginning of ${ROOM}.`).count()) === 0)
        throw new Error('There is more');
    },
    { timeout: 300_000, interval: 30 },
  );
}

async function scroll(browser: Browser, { endpoint }: Runtime, rate: number): Promise<void> {
  const room = new EndlessRoom(MESSAGES, ROOM);
  const page = await openPage(browser, `${endpoint}/`, {
    configuration: { websocketUrl: await room.listen() },
    // It allows connections to the runtime alone.
    bypassCSP: true,
    reducedMotion: 'no-preference',
  });
  await enterAsGuest(page, 'Elaine');
  await loadAll(page);
  const session = await page.context().newCDPSession(page);
  await slowDown(session, rate);
  console.log(`${MESSAGES} messages loaded, processor at 1/${rate}, ${SECONDS} s each`);
  print('  nothing happens', await countFrames(page, SECONDS, undefined));
  print('  scrolling', await countFrames(page, SECONDS, LIST));
  const arriving = setInterval(() => room.post(), 1000 / A_SECOND);
  print(`  ${A_SECOND} a second arriving`, await countFrames(page, SECONDS, undefined));
  print(`  scrolling, ${A_SECOND} a second arriving`, await countFrames(page, SECONDS, LIST));
  await printSeen(browser, page, `  a wheel that turns, ${A_SECOND} a second arriving`);
  clearInterval(arriving);
  await printSeen(browser, page, '  a wheel that turns');
  // The least that a page can do: paragraphs of the same length, all laid out before.
  await page.evaluate((count) => {
    const list = document.createElement('div');
    list.id = 'plain';
    list.style.cssText = 'height: 700px; width: 800px; overflow-y: scroll';
    document.body.replaceChildren(list);
    for (let number = 0; number < count; number += 1) {
      const row = document.createElement('p');
      row.textContent = `${number} of many, with code, a link and a list of two`;
      list.append(row);
    }
    list.scrollTo(0, list.scrollHeight / 2);
  }, MESSAGES);
  print('  a plain list, scrolling', await countFrames(page, SECONDS, '#plain'));
  await page.context().close();
  room.close();
}

async function main(): Promise<void> {
  const runtime = await startTestRuntime();
  const browser = await openBrowser();
  try {
    const bytes = await firstLoadBytes(runtime.endpoint);
    console.log(`first load: ${Math.round(bytes / 1024)} KB of JavaScript, gzip`);
    for (const rate of [1, 4]) await timeLoads(browser, `${runtime.endpoint}/`, rate);
    for (const rate of [1, 4]) await scroll(browser, runtime, rate);
  } finally {
    await browser.close();
    await runtime.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
