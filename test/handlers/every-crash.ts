import { Unavailable } from '../support/memory/calls';
import type { World } from '../support/memory/world';

export interface Story {
  readonly world: World;
  /** The step under test; it may throw where a port does. */
  readonly run: () => Promise<unknown>;
  /** What must hold once it was tried again. */
  readonly check: () => void | Promise<void>;
}

/**
 * Runs a step with a crash at each of its port calls in turn, once before the call's effect and once after it, then
 * runs it again, as a retry does, and checks what came of both together. Each time in a world of its own.
 * @returns how many crashes were tried
 */
export async function everyCrash(prepare: () => Promise<Story>): Promise<number> {
  const clean = await prepare();
  const before = clean.world.calls.made.length;
  await clean.run();
  const made = clean.world.calls.made.slice(before);
  await clean.check();

  for (const [index, name] of made.entries()) {
    for (const when of ['before', 'after'] as const) {
      const { world, run, check } = await prepare();
      world.calls.failAt(world.calls.made.length + index, when);
      await run().catch((error: unknown) => {
        if (!(error instanceof Unavailable)) throw error;
      });
      await run();
      try {
        await check();
      } catch (error) {
        throw new Error(`After a crash ${when} call ${index}, ${name}: ${String(error)}`, { cause: error });
      }
    }
  }
  return made.length * 2;
}
