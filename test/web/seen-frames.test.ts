import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, openBrowser } from './browser';
import { countSeenFrames } from './seen-frames';

const ROWS = '<article style="height: 50px">a row</article>'.repeat(400);
const SECONDS = 1;

describeInBrowser('counting what is seen of a list that a wheel moves', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(() => page.close());

  const listOf = (rows: string, style = '') =>
    page.setContent(
      `<div id="list" style="height: 500px; overflow-y: scroll; background: white; ${style}">${rows}</div>`,
    );

  test('finds hardly a blank place where all rows are there', async () => {
    await listOf(ROWS);
    const { blank } = await countSeenFrames(browser, page, SECONDS, '#list');
    // None, but for a machine that has other work to do.
    expect(blank).toBeLessThan(30);
  });

  test('finds the places where rows are missing', async () => {
    await listOf(`${ROWS.slice(0, ROWS.length / 40)}<p style="height: 20000px"></p>`);
    const { blank } = await countSeenFrames(browser, page, SECONDS, '#list');
    expect(blank).toBeGreaterThan(50);
  });

  test('finds the frames that a list drops which waits for a busy page', async () => {
    // Painted by the page itself, which is busy three quarters of the time.
    await listOf(ROWS, 'background: linear-gradient(white, gray) fixed');
    await page.evaluate(() => {
      setInterval(() => {
        const until = performance.now() + 150;
        while (performance.now() < until);
      }, 200);
    });
    const { dropped } = await countSeenFrames(browser, page, SECONDS, '#list');
    expect(dropped).toBeGreaterThan(20);
  });
});
