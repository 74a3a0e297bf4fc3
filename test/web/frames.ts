import type { Page } from 'playwright-core';

const FRAME_MS = 1000 / 60;

export interface Frames {
  /** Of those that a screen with 60 a second would have shown, in percent. */
  readonly dropped: number;
  /** Between one frame and the next, in milliseconds. */
  readonly median: number;
  readonly longest: number;
}

/**
 * Counts frames for some seconds, while an element is scrolled up and down by 40 pixels a frame.
 * @param selector of the element; undefined scrolls nothing
 */
export async function countFrames(
  page: Page,
  seconds: number,
  selector: string | undefined,
): Promise<Frames> {
  const gaps = await page.evaluate(
    async ({ seconds, selector }) => {
      const list = selector === undefined ? null : document.querySelector(selector);
      if (selector !== undefined && list === null) throw new Error(`There is no ${selector}`);
      const gaps: number[] = [];
      const start = performance.now();
      let last = start;
      let direction = -1;
      while (last - start < seconds * 1000) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = performance.now();
        gaps.push(now - last);
        last = now;
        if (list === null) continue;
        if (list.scrollTop < 2000) direction = 1;
        if (list.scrollTop > list.scrollHeight - 3000) direction = -1;
        list.scrollTop += direction * 40;
      }
      return gaps;
    },
    { seconds, selector },
  );
  const expected = gaps.reduce((sum, gap) => sum + gap, 0) / FRAME_MS;
  const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0);
  const sorted = [...gaps].sort((one, other) => one - other);
  return {
    dropped: (dropped / expected) * 100,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longest: sorted.at(-1) ?? 0,
  };
}
