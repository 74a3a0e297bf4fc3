import type { Json } from '../json/json';
import type { ParallelState } from './definition';
import { runInnerLines } from './inner-lines';
import type { Bindings } from './jsonata-expression';
import { payloadText } from './payload';
import type { Frame, RunFlow } from './run-context';

/**
 * How long the branches of a Parallel wait for the first ones at most, in milliseconds of real time: about what a
 * function takes that reads a page of a table and posts to a few connections. Longer brought no post there earlier.
 */
const HEAD_START_MS = 5;

/**
 * Runs one attempt of a Parallel: every branch, on the same input. The results, in branch order.
 *
 * On AWS each branch has machines of its own and none delays another. Here all share one thread, so what stands first
 * is served first: a branch begins when the one before it has succeeded. After 5 ms, or once a branch has failed, all
 * that are left begin at once, so each is entered as on AWS, whatever its elders wait for.
 */
export async function attemptParallel(
  state: ParallelState,
  input: Json,
  bindings: Bindings,
  frame: Frame,
  runFlow: RunFlow,
): Promise<Json> {
  const { history } = frame.execution;
  const branchInput = state.arguments === undefined ? input : await state.arguments.evaluate(bindings);
  payloadText(branchInput, state.name);
  history.add(frame.chain, 'ParallelStateStarted');
  const waiting: (() => void)[] = [];
  const beginAll = () => waiting.splice(0).forEach((begin) => begin());
  const headStart = setTimeout(beginAll, HEAD_START_MS);
  const run = async (index: number, inner: Frame): Promise<Json> => {
    const branch = state.branches[index];
    if (branch === undefined) throw new Error(`State '${state.name}' has no branch ${index}`);
    if (index > 0) await new Promise<void>((begin) => waiting.push(begin));
    try {
      const output = await runFlow(branch, branchInput, inner);
      waiting.shift()?.();
      return output;
    } catch (error) {
      // Before the others are stopped, which the caller does in reply to this.
      beginAll();
      throw error;
    }
  };
  const count = state.branches.length;
  const results = await runInnerLines(count, count, frame, run).finally(() => clearTimeout(headStart));
  history.addBeside(frame.chain, 'ParallelStateSucceeded');
  payloadText(results, state.name);
  return results;
}
