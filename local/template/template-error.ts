import { StartError } from '../start-error';

/** What stops a start: one line that names the stack, the logical id and what is wrong or not modelled. */
export class TemplateError extends StartError {
  override readonly name = 'TemplateError';
}

/** Runs `work` and puts `place` (e.g. `ParleyChat/Outbox1A2B3C`) in front of what it throws. */
export function at<Result>(place: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw placed(place, error);
  }
}

/** The error with its place in front; one that already names a place keeps that one. */
export function placed(place: string, error: unknown): TemplateError {
  if (error instanceof TemplateError) return error;
  return new TemplateError(`${place}: ${error instanceof Error ? error.message : String(error)}`);
}
