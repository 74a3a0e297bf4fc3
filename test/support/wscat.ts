import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { eventually } from './eventually';

const WSCAT = path.join(__dirname, '..', '..', 'node_modules', 'wscat', 'bin', 'wscat');

/** The real wscat, as `npx wscat` runs it, with lines typed into it. */
export class Wscat {
  /** All that it printed, errors as well. */
  output = '';
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;

  /** @param options further ones, e.g. `-H` and a header */
  constructor(address: string, options: readonly string[] = []) {
    const child = spawn(process.execPath, [WSCAT, '-c', address, ...options], { stdio: 'pipe' });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
    this.#process = child;
  }

  type(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  /**
   * Resolves once what is typed arrives. wscat drops what is typed before the upgrade is through, so a keep-alive is
   * typed until it is answered.
   */
  async ready(): Promise<void> {
    await eventually(
      () => {
        this.type('{"action":"send","data":"ping"}');
        expect(this.output).toContain('"pong":true');
      },
      { timeout: 20_000 },
    );
  }

  /** Ctrl-C. */
  async end(): Promise<void> {
    this.#process.kill('SIGINT');
    await this.ended;
  }
}
