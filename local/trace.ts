import { randomBytes } from 'node:crypto';

/**
 * Trace headers, as `X-Amzn-Trace-Id` and `_X_AMZN_TRACE_ID` carry them. Whatever comes in from outside begins a trace;
 * each call made because of it carries the header on, so that its cost can be told apart from everybody else's.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export const TRACE_HEADER = 'x-amzn-trace-id';

/** @param now milliseconds since the epoch; the trace id begins with its seconds */
export function newTrace(now: number): string {
  const seconds = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}

/** The trace id of a header, e.g. `1-5759e988-bd862e3fe1be46a994272793`; undefined where it has none. */
export function traceId(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})/.exec(header)?.[1];
}
