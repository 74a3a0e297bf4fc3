/**
 * A state that ended in an error, as Retry and Catch see it.
 * Error names: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export class StateFailure extends Error {
  constructor(
    /** e.g. `States.TaskFailed`; absent for a Fail state without `Error`. */
    readonly errorName: string | undefined,
    /** What `Cause` will read; a timeout has none. */
    readonly failureCause: string | undefined,
    /** For a JSONata failure: the field, e.g. `Output/count`, which EvaluationFailed reports. */
    readonly location?: string,
  ) {
    super(`${errorName ?? 'no error name'}: ${failureCause ?? 'no cause'}`);
    this.name = 'StateFailure';
  }

  /** `{Error, Cause}`, what `$states.errorOutput` holds. */
  output(): { [key: string]: string } {
    return {
      ...(this.errorName === undefined ? {} : { Error: this.errorName }),
      ...(this.failureCause === undefined ? {} : { Cause: this.failureCause }),
    };
  }
}

/** The interpreter's own failure of a state: `cause` gets the prefix that names the state and its event. */
export class InterpreterFailure extends StateFailure {
  /** The same failure as AWS words it once it is known where it happened. */
  at(state: string, enteredEventId: number): StateFailure {
    const prefix = `An error occurred while executing the state '${state}' (entered at the event id #${enteredEventId}). `;
    return new StateFailure(this.errorName, prefix + (this.failureCause ?? ''), this.location);
  }
}

/** An execution, or a branch of it, that is ended from outside: no Retry and no Catch sees this. */
export class Stopped extends Error {
  constructor(
    readonly status: 'ABORTED' | 'TIMED_OUT' | 'SIBLING_FAILED',
    readonly errorName?: string,
    readonly failureCause?: string,
  ) {
    super(`Stopped: ${status}`);
    this.name = 'Stopped';
  }
}

export const QUERY_EVALUATION_ERROR = 'States.QueryEvaluationError';
export const PERMISSIONS = 'States.Permissions';
export const RUNTIME_ERROR = 'States.Runtime';
export const DATA_LIMIT_EXCEEDED = 'States.DataLimitExceeded';
export const TIMEOUT = 'States.Timeout';
export const THRESHOLD_EXCEEDED = 'States.ExceedToleratedFailureThreshold';

/**
 * Whether a retrier or catcher for `errorEquals` takes this error.
 * States.Runtime is never taken; States.DataLimitExceeded only by its own name, not by a wildcard.
 */
export function matchesError(errorEquals: readonly string[], errorName: string | undefined): boolean {
  if (errorName === RUNTIME_ERROR) return false;
  if (errorName !== undefined && errorEquals.includes(errorName)) return true;
  if (errorName === DATA_LIMIT_EXCEEDED) return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && errorName !== TIMEOUT;
}
