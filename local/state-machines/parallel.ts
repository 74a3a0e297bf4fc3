import type { Json } from '../json/json';
import type { ParallelState } from './definition';
import { runInnerLines } from './inner-lines';
import type { Bindings } from './jsonata-expression';
import { payloadText } from './payload';
import type { Frame, RunFlow } from './run-context';

/** Runs one attempt of a Parallel: every branch at once, on the same input. The results, in branch order. */
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
  const results = await runInnerLines(state.branches.length, state.branches.length, frame, (index, inner) => {
    const branch = state.branches[index];
    if (branch === undefined) throw new Error(`State '${state.name}' has no branch ${index}`);
    return runFlow(branch, branchInput, inner);
  });
  history.addBeside(frame.chain, 'ParallelStateSucceeded');
  payloadText(results, state.name);
  return results;
}
