import { setMaxListeners } from 'node:events';

/** A controller to whose signal any number may listen. */
export function newController(): AbortController {
  const controller = new AbortController();
  // Forty iterations may listen at once; that is no leak.
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A controller that is aborted with its parent, or alone. `release` when what it governs has ended. */
export function childController(parent: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = newController();
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return { controller, release: () => parent.removeEventListener('abort', follow) };
}

/** The promise, or a rejection with the signal's reason as soon as that comes. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whatever loses the race below, or comes after an abort, has nobody waiting for it any more.
  promise.catch(() => {});
  signal.throwIfAborted();
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after `milliseconds` of real time; rejects with the signal's reason when aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await abortable(new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds))), signal);
  } finally {
    clearTimeout(timer);
  }
}
