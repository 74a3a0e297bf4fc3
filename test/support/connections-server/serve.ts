/**
 * A process that answers like `@connections`, as well or as badly as its script says, and notes what it delivered. It
 * checks no signature: the local gateway does. Parent and script by IPC; see start.ts.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CHARACTERS, type Request, type Response, type Script, type Trouble } from './script';

let script: Script = {};
let state = fresh();

function fresh() {
  return {
    delivered: {} as Record<string, number>,
    tries: {} as Record<string, number>,
    answers: {} as Record<string, number>,
    deliveries: 0,
    outageUntil: undefined as number | undefined,
    tokens: script.bucket?.burst ?? 0,
    filledAt: performance.now(),
    firstAt: undefined as number | undefined,
    lastAt: 0,
  };
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.once('end', () => {
    const connectionId = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const served = state;
    served.firstAt ??= performance.now();
    served.tries[connectionId] = (served.tries[connectionId] ?? 0) + 1;
    const answer = () => {
      // A request from before the script was changed is no part of the new report.
      if (served === state) respond(connectionId, request, response);
      else response.writeHead(500).end();
    };
    if (script.serviceTime === undefined) answer();
    else setTimeout(answer, script.serviceTime);
  });
}

function respond(connectionId: string, request: IncomingMessage, response: ServerResponse): void {
  const outcome = outcomeFor(connectionId);
  state.answers[outcome] = (state.answers[outcome] ?? 0) + 1;
  if (outcome === 'hang') return;
  if (outcome === 'reset') return void request.socket.resetAndDestroy();
  if (outcome === 200) {
    state.delivered[connectionId] = (state.delivered[connectionId] ?? 0) + 1;
    state.deliveries += 1;
    state.lastAt = performance.now();
  }
  response.writeHead(outcome, { 'content-length': 0 }).end();
}

function outcomeFor(connectionId: string): 200 | 403 | 410 | Trouble {
  const character = Object.keys(CHARACTERS).find((prefix) => connectionId.startsWith(prefix));
  if (character !== undefined) return CHARACTERS[character]!;
  const { outage, firstTry } = script;
  if (outage !== undefined && state.deliveries >= outage.after) {
    state.outageUntil ??= performance.now() + outage.milliseconds;
    if (performance.now() < state.outageUntil) return outage.trouble;
  }
  if (firstTry !== undefined && state.tries[connectionId] === 1) return firstTry;
  return takeToken() ? 200 : 429;
}

function takeToken(): boolean {
  if (script.bucket === undefined) return true;
  const { perSecond, burst } = script.bucket;
  const now = performance.now();
  state.tokens = Math.min(burst, state.tokens + ((now - state.filledAt) / 1000) * perSecond);
  state.filledAt = now;
  if (state.tokens < 1) return false;
  state.tokens -= 1;
  return true;
}

const tell = (message: Response) => process.send?.(message);

process.on('message', (message: Request) => {
  if (message.kind === 'script') {
    script = message.script;
    state = fresh();
    tell({ kind: 'ready' });
  } else {
    const { delivered, tries, answers, firstAt, lastAt } = state;
    const milliseconds = Math.max(0, lastAt - (firstAt ?? lastAt));
    tell({ kind: 'report', report: { delivered, tries, answers, milliseconds } });
  }
});
process.on('disconnect', () => process.exit());

const { TLS_KEY: key, TLS_CERTIFICATE: cert } = process.env;
const server = key ? createHttpsServer({ key, cert }, serve) : createHttpServer(serve);
// As long as the test needs; the default of 5 s would close sockets between two measurements.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () =>
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
);
