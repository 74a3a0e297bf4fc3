import { isObject, type Json, type JsonObject } from '../json/json';
import { childController } from './abort';
import type { Distributed, MapState } from './definition';
import { PERMISSIONS, RUNTIME_ERROR, StateFailure, Stopped, THRESHOLD_EXCEEDED } from './failure';
import { Chain } from './history';
import { runInnerLines } from './inner-lines';
import type { Bindings } from './jsonata-expression';
import { payloadText } from './payload';
import { evaluateNumber, wrongType, type QueryTemplate } from './query-template';
import { ServiceError } from '../service';
import type { ExecutionContext, Frame, MapRun, RunFlow } from './run-context';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_INLINE_CONCURRENCY = 40;
const MAX_CHILD_CONCURRENCY = 10_000;

/** Runs one attempt of a Map, inline or distributed. */
export async function attemptMap(
  state: MapState,
  input: Json,
  bindings: Bindings,
  frame: Frame,
  runFlow: RunFlow,
): Promise<Json> {
  const items = state.items === undefined ? input : await state.items.evaluate(bindings);
  if (!Array.isArray(items)) throw wrongType('Items', 'an array');
  const limit = state.distributed === undefined ? MAX_INLINE_CONCURRENCY : MAX_CHILD_CONCURRENCY;
  const wanted = await optionalNumber(state.maxConcurrency, bindings, 'MaxConcurrency');
  const map: MapVisit = { state, items, bindings, frame, concurrency: Math.min(wanted || limit, limit) };
  const results =
    state.distributed === undefined
      ? await runInline(map, runFlow)
      : await runDistributed(map, state.distributed, wanted);
  payloadText(results, state.name);
  return results;
}

interface MapVisit {
  readonly state: MapState;
  readonly items: readonly Json[];
  readonly bindings: Bindings;
  readonly frame: Frame;
  readonly concurrency: number;
}

async function runInline(map: MapVisit, runFlow: RunFlow): Promise<Json[]> {
  const { state, items, frame } = map;
  const { history } = frame.execution;
  history.add(frame.chain, 'MapStateStarted', { length: items.length });
  const results = await runInnerLines(items.length, map.concurrency, frame, async (index, inner) => {
    const iteration = { name: state.name, index };
    history.add(inner.chain, 'MapIterationStarted', iteration);
    try {
      const item = { Item: { Index: index, Value: items[index] ?? null } };
      const output = await runFlow(state.processor, await itemInput(map, index), { ...inner, map: item });
      history.add(inner.chain, 'MapIterationSucceeded', iteration);
      return output;
    } catch (error) {
      if (error instanceof Stopped) {
        if (error.status === 'SIBLING_FAILED')
          history.addBeside(inner.chain, 'MapIterationAborted', iteration);
      } else if (!(error instanceof StateFailure && error.errorName === RUNTIME_ERROR)) {
        history.addBeside(inner.chain, 'MapIterationFailed', iteration);
      }
      throw error;
    }
  });
  history.addBeside(frame.chain, 'MapStateSucceeded');
  return results;
}

/**
 * Runs the items as child executions. The result holds the outputs of those that succeeded, in item order.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
async function runDistributed(
  map: MapVisit,
  distributed: Distributed,
  maxConcurrency: number,
): Promise<Json[]> {
  const { items, bindings, frame, state } = map;
  const { history } = frame.execution;
  const tolerance = await toleratedFailures(distributed, bindings, items.length);
  authorizeMapRun(frame.execution);
  history.add(frame.chain, 'MapStateStarted', { length: items.length });
  const run = frame.execution.mapRuns.start({
    distributed,
    processor: state.processor,
    itemCount: items.length,
    maxConcurrency,
    toleratedFailureCount: tolerance.count,
    toleratedFailurePercentage: tolerance.percentage,
  });
  history.add(frame.chain, 'MapRunStarted', { mapRunArn: run.mapRunArn });
  try {
    const results = await runChildren(map, run, tolerance.exceeded);
    run.end('SUCCEEDED');
    // AWS's line goes on from MapRunStarted, past both of these.
    const beside = new Chain(history.addBeside(frame.chain, 'MapRunSucceeded'));
    history.add(beside, 'MapStateSucceeded');
    return results;
  } catch (error) {
    run.end(frame.signal.aborted ? 'ABORTED' : 'FAILED');
    if (error instanceof StateFailure && error.errorName === THRESHOLD_EXCEEDED) {
      history.add(
        frame.chain,
        'MapRunFailed',
        error.failureCause === undefined ? {} : { error: THRESHOLD_EXCEEDED, cause: error.failureCause },
      );
    }
    throw error;
  }
}

/**
 * What the role needs for a Map Run: to start its children, to look at them and to stop them.
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
function authorizeMapRun({ services, roleArn, machineArn, executionArn }: ExecutionContext): void {
  const role = { principal: roleArn };
  try {
    services.authorize('states', 'StartExecution', { stateMachineArn: machineArn }, role);
    for (const action of ['DescribeExecution', 'StopExecution']) {
      services.authorize('states', action, { executionArn }, role);
    }
  } catch (error) {
    throw error instanceof ServiceError ? new StateFailure(PERMISSIONS, error.message) : error;
  }
}

async function runChildren(
  map: MapVisit,
  run: MapRun,
  exceeded: (failures: number) => boolean,
): Promise<Json[]> {
  const { items, frame } = map;
  const { controller, release } = childController(frame.signal);
  const results: ({ readonly output: Json } | undefined)[] = [];
  let failures = 0;
  let failure: Error | undefined;
  let next = 0;
  const work = async () => {
    while (next < items.length && !controller.signal.aborted) {
      const index = next++;
      try {
        const result = await run.runChild(await itemInput(map, index), controller.signal);
        results[index] = result;
        if (result !== undefined || controller.signal.aborted || !exceeded(++failures)) continue;
        failure = new StateFailure(
          THRESHOLD_EXCEEDED,
          'The specified tolerated failure threshold was exceeded',
        );
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
      controller.abort(new Stopped('SIBLING_FAILED'));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(items.length, map.concurrency) }, work));
  } finally {
    release();
  }
  frame.signal.throwIfAborted();
  if (failure !== undefined) throw failure;
  return results.flatMap((result) => (result === undefined ? [] : [result.output]));
}

async function toleratedFailures(distributed: Distributed, bindings: Bindings, total: number) {
  const { toleratedFailureCount, toleratedFailurePercentage } = distributed;
  const count = await optionalNumber(toleratedFailureCount, bindings, 'ToleratedFailureCount');
  const percentage = await optionalNumber(toleratedFailurePercentage, bindings, 'ToleratedFailurePercentage');
  return {
    count,
    percentage,
    /** One limit given: that one counts. Both: whichever is passed first. None: the first failure. */
    exceeded: (failures: number) => {
      const overCount = failures > count;
      const overPercentage = (failures / total) * 100 > percentage;
      if (toleratedFailureCount === undefined) return overPercentage;
      return toleratedFailurePercentage === undefined ? overCount : overCount || overPercentage;
    },
  };
}

async function optionalNumber(
  template: QueryTemplate | undefined,
  bindings: Bindings,
  field: string,
): Promise<number> {
  return template === undefined ? 0 : evaluateNumber(template, bindings, field);
}

/** What one iteration starts with: the item, or what ItemSelector makes of it. */
async function itemInput(map: MapVisit, index: number): Promise<Json> {
  const value = map.items[index] ?? null;
  if (map.state.itemSelector === undefined) return value;
  const context = map.bindings.states['context'];
  const item: JsonObject = { Map: { Item: { Index: index, Value: value } } };
  const states = { ...map.bindings.states, context: { ...(isObject(context) ? context : {}), ...item } };
  const selected = await map.state.itemSelector.evaluate({ ...map.bindings, states });
  payloadText(selected, map.state.name);
  return selected;
}
