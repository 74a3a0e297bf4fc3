/**
 * The runtime's clock. All waits that AWS would measure in wall-clock time (idle and lifetime limits,
 * schedules, TTL, leases) read it, so `--speed 60` makes an hour pass in a minute for all of them alike.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch, in this clock's time. */
  now(): number;
  /** How much faster than real time this clock runs; 1 is real time. */
  readonly speed: number;
  /**
   * Calls `action` once, `milliseconds` of this clock's time from now. Returns what cancels it.
   * The timer never keeps the process alive by itself.
   */
  after(milliseconds: number, action: () => void): () => void;
  /** Resolves after `milliseconds` of this clock's time; rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that starts at the real time and runs `speed` times as fast. */
export function createClock(speed = 1): Clock {
  const origin = Date.now();
  const started = performance.now();
  const after = (milliseconds: number, action: () => void) => {
    // setTimeout's limit is 2^31 - 1 ms; anything longer than 24 days waits for the restart after it.
    const timer = setTimeout(action, Math.min(milliseconds / speed, 0x7fffffff));
    timer.unref();
    return () => clearTimeout(timer);
  };
  return {
    speed,
    now: () => Math.floor(origin + (performance.now() - started) * speed),
    after,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          cancel();
          reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        }, milliseconds / speed);
        const cancel = () => clearTimeout(timer);
        if (signal?.aborted) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}
