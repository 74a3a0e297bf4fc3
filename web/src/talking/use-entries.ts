import { useCallback, useSyncExternalStore, type RefObject } from 'react';
import type { Entry, Timeline } from './timeline';

/** Somebody who reads further up sees of the newest no more than how long the list is. */
const UNSEEN_MS = 2000;

/**
 * The entries of a timeline, drawn at most once a frame; what only comes in at the end is drawn every two seconds
 * while nobody looks there.
 * @param isAtEnd whether somebody does
 */
export function useEntries({ entries }: Timeline, isAtEnd: RefObject<boolean>): readonly Entry[] {
  const listen = useCallback(
    (changed: () => void) => {
      let drawn = entries.get();
      let frame = 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const draw = () => {
        clearTimeout(timer);
        timer = undefined;
        if (frame !== 0) return;
        frame = requestAnimationFrame(() => {
          frame = 0;
          drawn = entries.get();
          changed();
        });
      };
      const end = entries.listen(() => {
        if (isAtEnd.current || !isOnlyLonger(drawn, entries.get())) draw();
        else timer ??= setTimeout(draw, UNSEEN_MS);
      });
      return () => {
        end();
        clearTimeout(timer);
        cancelAnimationFrame(frame);
      };
    },
    [entries, isAtEnd],
  );
  return useSyncExternalStore(listen, entries.get);
}

function isOnlyLonger(before: readonly Entry[], now: readonly Entry[]): boolean {
  return now.length > before.length && now[0] === before[0] && now[before.length - 1] === before.at(-1);
}
