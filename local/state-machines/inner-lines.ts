import type { Json } from '../json/json';
import { childController } from './abort';
import { Stopped } from './failure';
import type { Frame } from './run-context';

/**
 * Runs `count` branches or iterations, at most `concurrency` at once, each in a scope and on a chain of its own.
 * The first that fails stops the others and starts no more, as on AWS; its failure is thrown once all have ended.
 */
export async function runInnerLines(
  count: number,
  concurrency: number,
  frame: Frame,
  run: (index: number, inner: Frame) => Promise<Json>,
): Promise<Json[]> {
  const { controller, release } = childController(frame.signal);
  const results = new Array<Json>(count);
  const started = frame.chain.last;
  let failed: { readonly error: unknown; readonly last: number } | undefined;
  let last = started;
  let next = 0;
  const work = async () => {
    while (next < count && failed === undefined && !controller.signal.aborted) {
      const index = next++;
      const inner = {
        ...frame,
        scope: frame.scope.inner(),
        chain: frame.chain.fork(),
        signal: controller.signal,
        isInner: true,
      };
      inner.chain.last = started;
      try {
        results[index] = await run(index, inner);
        last = Math.max(last, inner.chain.last);
      } catch (error) {
        if (failed === undefined && !(error instanceof Stopped)) {
          failed = { error, last: inner.chain.last };
          controller.abort(new Stopped('SIBLING_FAILED'));
        }
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(count, concurrency) }, work));
  } finally {
    release();
  }
  frame.signal.throwIfAborted();
  if (failed !== undefined) throwFailure(failed, frame);
  frame.chain.last = last;
  return results;
}

function throwFailure(failed: { readonly error: unknown; readonly last: number }, frame: Frame): never {
  frame.chain.last = failed.last;
  throw failed.error;
}
