import type { IncomingMessage } from 'node:http';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Why a request must not be served, or undefined. The port is open to this machine only, but a web page can make its
 * visitor's browser ask for it: under a name of its own that it points here (DNS rebinding, seen by `Host`), or across
 * origins, where a form needs no permission (seen by `Origin`).
 */
export function foreignRequest(request: IncomingMessage): string | undefined {
  if (!isLoopbackHost(request.headers.host)) return 'Only localhost and 127.0.0.1 are served here.';
  const { origin } = request.headers;
  if (origin !== undefined && !isLoopbackHost(origin.replace(/^https?:\/\//, ''))) {
    return 'Pages of other origins are not served here.';
  }
  return undefined;
}

/** Whether a request asks for this machine by a name of its own. @param host name and port, as in a Host header */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.includes(host.replace(/:\d+$/, ''));
}
