import type { Clock } from '../../local/clock';

/** A clock of the runtime that stands still until it is told to go on. */
export function steppedClock(): Clock & { advance(milliseconds: number): void } {
  let now = 1_700_000_000_000;
  const timers = new Set<{ at: number; action: () => void }>();
  const after = (milliseconds: number, action: () => void) => {
    const timer = { at: now + milliseconds, action };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  return {
    speed: 1,
    now: () => now,
    after,
    sleep: (milliseconds) => new Promise((resolve) => after(milliseconds, resolve)),
    advance: (milliseconds) => {
      now += milliseconds;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.action();
      }
    },
  };
}
