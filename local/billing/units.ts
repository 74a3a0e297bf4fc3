/**
 * AWS's rules for counting, as pure functions. Sizes are in bytes, times in milliseconds.
 */
const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * A WebSocket message in either direction is one for each 32 KB begun.
 * Source: https://aws.amazon.com/api-gateway/pricing/, WebSocket APIs
 */
export function messageUnits(bytes: number): number {
  return chunks(bytes, 32 * KIB);
}

/**
 * A custom event, an SNS publish or an SQS request is one for each 64 KB begun.
 * Source: https://aws.amazon.com/eventbridge/pricing/, https://aws.amazon.com/sns/pricing/, https://aws.amazon.com/sqs/pricing/
 */
export function requestUnits(bytes: number): number {
  return chunks(bytes, 64 * KIB);
}

/**
 * Duration is rounded up to the millisecond.
 * Source: https://aws.amazon.com/lambda/pricing/
 */
export function lambdaGbSeconds(milliseconds: number, memoryMb: number): number {
  return (Math.ceil(milliseconds) / 1000) * (memoryMb / 1024);
}

/**
 * 50 MB, the definition, and the execution's data once for each Parallel or Map step; billed in chunks of 64 MB.
 * Source: https://aws.amazon.com/step-functions/pricing/, the examples on estimating memory
 */
export function expressMemoryMb(execution: {
  readonly definitionBytes: number;
  readonly dataBytes: number;
  readonly parallelSteps: number;
}): number {
  const { definitionBytes, dataBytes, parallelSteps } = execution;
  const used = 50 * MIB + definitionBytes + dataBytes * Math.max(1, parallelSteps);
  return chunks(used, 64 * MIB) * 64;
}

/**
 * Duration is rounded up to 100 ms.
 * @param memoryMb as billed
 * Source: https://aws.amazon.com/step-functions/pricing/
 */
export function expressGbSeconds(milliseconds: number, memoryMb: number): number {
  return Math.max(1, Math.ceil(milliseconds / 100)) * 0.1 * (memoryMb / 1024);
}

/** As much of a history event as counting needs. */
export interface CountedEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
}

const ATTEMPTS: readonly string[] = ['TaskScheduled', 'MapStateStarted', 'ParallelStateStarted'];

/**
 * A Standard workflow is charged for each state it enters and for each retry. Iterations of an inline Map cost nothing
 * themselves, the states in them do. The children of a Distributed Map are one each, and are counted where they start.
 * Source: https://aws.amazon.com/step-functions/pricing/ ("each retry will be charged as an additional state transition")
 */
export function stateTransitions(events: readonly CountedEvent[]): number {
  const types = new Map(events.map(({ id, type }) => [id, type]));
  return events.filter(({ type, previousEventId }) => {
    if (type.endsWith('StateEntered')) return true;
    // The first attempt follows the state's entry; what follows a failure is a retry.
    return ATTEMPTS.includes(type) && types.get(previousEventId)?.endsWith('StateEntered') !== true;
  }).length;
}

/** How many Parallel states and inline iterations an execution ran. */
export function parallelSteps(events: readonly CountedEvent[]): number {
  return events.filter(({ type }) => type === 'ParallelStateStarted' || type === 'MapIterationStarted')
    .length;
}

function chunks(bytes: number, chunk: number): number {
  return Math.max(1, Math.ceil(bytes / chunk));
}
