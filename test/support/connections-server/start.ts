import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Report, Request, Response, Script } from './script';
import { selfSignedCertificate } from './self-signed-certificate';

export interface ConnectionsServer {
  /** As `CALLBACK_URL` is: with the stage. */
  readonly url: string;
  /** Whom to trust, with TLS. */
  readonly ca: string | undefined;
  /** Forgets what was and follows a script from now on. */
  follow(script: Script): Promise<void>;
  report(): Promise<Report>;
  stop(): Promise<void>;
}

/** Starts a fake `@connections` in a process of its own, so that its work is not taken for the poster's. */
export async function startConnectionsServer({ tls = false } = {}): Promise<ConnectionsServer> {
  const certificate = tls ? selfSignedCertificate('127.0.0.1') : undefined;
  const child = fork(path.join(__dirname, 'serve.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, TLS_KEY: certificate?.key, TLS_CERTIFICATE: certificate?.certificate },
  });
  const next = async <Kind extends Response['kind']>(kind: Kind) => {
    const [message] = (await once(child, 'message')) as [Response];
    if (message.kind !== kind) throw new Error(`expected ${kind}, got ${message.kind}`);
    return message as Extract<Response, { kind: Kind }>;
  };
  const ask = <Kind extends Response['kind']>(request: Request, kind: Kind) => {
    child.send(request);
    return next(kind);
  };
  const { port } = await next('listening');
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/prod`,
    ca: certificate?.certificate,
    follow: async (script) => void (await ask({ kind: 'script', script }, 'ready')),
    report: async () => (await ask({ kind: 'report' }, 'report')).report,
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
