import type { Log, LogFields } from '../chat/ports';
import { ApiError } from './api-error';
import { setting } from './environment';

const LEVELS = ['debug', 'info', 'warn', 'error'];

/**
 * One JSON object a line on the function's log. An error that is not an AWS API's answer may quote what it choked
 * on (JSON.parse does), so of such an error only the name and the places in the code are written, never its message.
 */
export function createLog(): Log {
  const threshold = LEVELS.indexOf(setting('logLevel'));
  const write = (level: 'info' | 'warn' | 'error', event: string, fields: LogFields) => {
    if (LEVELS.indexOf(level) >= threshold)
      console.log(JSON.stringify({ level, event, ...fields, trace: currentTrace() }));
  };
  return {
    info: (event, fields = {}) => write('info', event, fields),
    warn: (event, fields = {}) => write('warn', event, fields),
    error: (event, error, fields = {}) => write('error', event, { ...fields, ...describe(error) }),
  };
}

/**
 * The X-Ray trace of the invocation under way: the same in every function that serves one message, so that a line found by
 * a message id leads to the trace, which knows no message ids. Undefined outside of Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
function currentTrace(): string | undefined {
  return /Root=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1];
}

function describe(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const places = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
  return { error: error.name, places, message: isAnswer(error) ? error.message : undefined };
}

/** Whether an AWS API said it, to one of our clients or to the SDK's. */
function isAnswer(error: Error): boolean {
  return error instanceof ApiError || '$metadata' in error;
}
