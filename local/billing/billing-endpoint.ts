import { sendJson, type HttpHandler } from '../server';
import type { Meter } from './meter';

const NEWEST = 50;
const MOST = 2_000;

/**
 * `GET /billing`: prices, totals and the newest traces (`?newest=N`); `GET /billing?trace=1-…`: one trace in detail;
 * `DELETE /billing`: everything from zero.
 */
export function createBillingHandler(meter: Meter): HttpHandler {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/billing') return Promise.resolve(false);
    if (request.method === 'DELETE') {
      meter.reset();
      sendJson(response, 200, meter.report(NEWEST));
      return Promise.resolve(true);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return Promise.resolve(false);
    const trace = searchParams.get('trace');
    const newest = Number(searchParams.get('newest') ?? NEWEST);
    if (!Number.isInteger(newest) || newest < 0 || newest > MOST) {
      sendJson(response, 400, { message: `newest takes an integer from 0 to ${MOST}` });
    } else if (trace === null) sendJson(response, 200, meter.report(newest));
    else {
      // As a header has it, or the id alone.
      const found = meter.trace(trace.replace(/^Root=/, ''));
      if (found === undefined)
        sendJson(response, 404, { message: `Nothing was counted for the trace ${trace}` });
      else sendJson(response, 200, found);
    }
    return Promise.resolve(true);
  };
}
