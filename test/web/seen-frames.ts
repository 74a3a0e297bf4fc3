import type { Browser, Page } from 'playwright-core';

/** Pixels a second, as much as `countFrames` scrolls at 60 frames a second. */
const SPEED = 2400;

export interface SeenFrames {
  /** Of those that a screen would have shown while the list moved, in percent. */
  readonly dropped: number;
  /** Frames in which a part of the list was empty, as its rows were not there or not painted in time, in percent. */
  readonly blank: number;
}

interface Report {
  readonly state: string;
  readonly scroll_state: string;
  readonly has_missing_content: boolean;
  readonly frame_sequence: number;
}

/**
 * Turns the wheel over a list for some seconds and counts as a browser does itself what is seen of it. It moves a list
 * without asking the page, so that a page which is late shows a list that moves but has no rows yet: those count as
 * blank.
 * @param selector of the list; its rows are articles
 * @see https://chromium.googlesource.com/chromium/src/+/main/cc/metrics/ for the states of a frame
 */
export async function countSeenFrames(
  browser: Browser,
  page: Page,
  seconds: number,
  selector: string,
): Promise<SeenFrames> {
  const box = await page.locator(selector).boundingBox();
  if (box === null) throw new Error(`There is no ${selector}`);
  const emptiness = await watchEmptiness(page, selector);
  const session = await page.context().newCDPSession(page);
  await browser.startTracing(page, { categories: ['cc', 'benchmark'] });
  await session.send('Input.synthesizeScrollGesture', {
    x: box.x + box.width / 2,
    y: box.y + box.height / 2,
    yDistance: -SPEED * seconds,
    speed: SPEED,
    gestureSourceType: 'mouse',
    preventFling: true,
  });
  const frames = framesOf(await browser.stopTracing());
  const { scrolls, empty } = await emptiness();
  const unpainted = frames.filter(({ isUnpainted }) => isUnpainted).length;
  return {
    dropped: (frames.filter(({ isShown }) => !isShown).length / frames.length) * 100,
    blank: Math.max(empty / scrolls, unpainted / frames.length) * 100,
  };
}

/** Each time that the page hears of a place that is shown already, looks whether it has rows there. */
async function watchEmptiness(page: Page, selector: string) {
  const counts = await page.evaluateHandle((selector) => {
    const counts = { scrolls: 0, empty: 0 };
    const list = document.querySelector(selector);
    const rows = list?.getElementsByTagName('article');
    // Before the page itself can do anything about it.
    window.addEventListener(
      'scroll',
      ({ target }) => {
        if (target !== list || list === null || rows === undefined) return;
        const { top, bottom } = list.getBoundingClientRect();
        const first = rows[0]?.getBoundingClientRect().top ?? Infinity;
        const last = rows[rows.length - 1]?.getBoundingClientRect().bottom ?? -Infinity;
        counts.scrolls += 1;
        if (first > top || last < bottom) counts.empty += 1;
      },
      { capture: true },
    );
    return counts;
  }, selector);
  return () => counts.jsonValue();
}

/** The frames of the trace in which the list moved. One that the page was late for is reported twice: it was shown. */
function framesOf(trace: Buffer): readonly { isShown: boolean; isUnpainted: boolean }[] {
  const { traceEvents } = JSON.parse(trace.toString()) as {
    traceEvents: {
      name: string;
      ph: string;
      args: { chrome_frame_reporter?: Report; frame_reporter?: Report };
    }[];
  };
  const frames = new Map<number, { isShown: boolean; isUnpainted: boolean }>();
  for (const { name, ph, args } of traceEvents) {
    const report = args.chrome_frame_reporter ?? args.frame_reporter;
    if (name !== 'PipelineReporter' || ph !== 'b' || report === undefined) continue;
    if (report.scroll_state === 'SCROLL_NONE' || report.state === 'STATE_NO_UPDATE_DESIRED') continue;
    const known = frames.get(report.frame_sequence);
    frames.set(report.frame_sequence, {
      isShown: known?.isShown === true || report.state !== 'STATE_DROPPED',
      isUnpainted: known?.isUnpainted === true || report.has_missing_content,
    });
  }
  if (frames.size === 0) throw new Error('This Chromium reports no frames');
  return [...frames.values()];
}
