import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultRegistry } from '../faults/registry';
import { pathOf, sendJson, type HttpHandler } from '../server';
import type { Services } from '../service';
import { executionPage, executionsPage } from './console-pages';
import { faultsReport, putFaults } from './faults-endpoint';
import { homePage, type Addresses } from './home-page';
import type { Html } from './html';

const MAX_FAULTS_BYTES = 100_000;

/** The pages and switches for whoever sits at this machine: `/`, `/health`, `/console`, `/faults`. */
export function createOperatorHandler(deps: {
  readonly addresses: Addresses;
  readonly services: Services;
  readonly faults: FaultRegistry;
}): HttpHandler {
  const { addresses, services, faults } = deps;
  return async (request, response) => {
    const path = pathOf(request);
    const read = request.method === 'GET' || request.method === 'HEAD';
    if (read && path === '/') sendPage(response, homePage(addresses));
    else if (read && path === '/health') sendJson(response, 200, { ready: true, ...addresses });
    else if (read && path === '/console') sendPage(response, await executionsPage(services));
    else if (read && path.startsWith('/console/')) return sendExecution(response, services, path);
    else if (read && path === '/faults') sendJson(response, 200, faultsReport(faults));
    else if (request.method === 'PUT' && path === '/faults') await changeFaults(request, response, faults);
    else return false;
    return true;
  };
}

async function sendExecution(response: ServerResponse, services: Services, path: string): Promise<boolean> {
  const arn = decode(path.slice('/console/'.length));
  const found = arn === undefined ? undefined : await executionPage(services, arn);
  if (found === undefined) return false;
  sendPage(response, found);
  return true;
}

async function changeFaults(
  request: IncomingMessage,
  response: ServerResponse,
  faults: FaultRegistry,
): Promise<void> {
  try {
    putFaults(faults, await textOf(request));
    sendJson(response, 200, faultsReport(faults));
  } catch (error) {
    sendJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > MAX_FAULTS_BYTES) throw new Error(`faults may have ${MAX_FAULTS_BYTES} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendPage(response: ServerResponse, content: Html): void {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    })
    .end(content.text);
}

/** undefined for a path that is not percent-encoded UTF-8. */
function decode(component: string): string | undefined {
  try {
    return decodeURIComponent(component);
  } catch {
    return undefined;
  }
}
