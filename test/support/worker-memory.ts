import { WebSocket } from 'ws';

interface Waiting {
  readonly resolve: (result: Record<string, unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** Collects first, so that what is counted is held and not merely left lying about. In bytes. */
const COLLECT = 'HeapProfiler.collectGarbage';
const IN_USE = `(() => { const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; })()`;

/**
 * The memory of a Node process and of each of its worker threads, seen through its inspector. The process must have
 * been started with `--inspect=0`, which prints the address.
 * Protocol: https://chromedevtools.github.io/devtools-protocol/v8/, for workers
 * https://github.com/nodejs/node/blob/main/src/inspector/node_protocol.pdl
 */
export class WorkerMemory {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  /** Sessions of the workers that run now. */
  readonly #workers = new Set<string>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- ws gives a Buffer unless told otherwise
    socket.on('message', (data) => this.#receive(data.toString(), undefined));
    socket.on('close', () => this.#giveUp());
  }

  /** @param output what the process printed so far; throws where there is no inspector's address in it */
  static async of(output: string): Promise<WorkerMemory> {
    const url = /^Debugger listening on (ws:\S+)$/m.exec(output)?.[1];
    if (url === undefined) throw new Error(`There is no inspector's address in: ${output}`);
    const socket = new WebSocket(url);
    const memory = new WorkerMemory(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    await memory.#call('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return memory;
  }

  close(): void {
    this.#socket.close();
  }

  /**
   * What each worker holds after a garbage collection, in bytes: its heap, and the buffers outside that belong to it.
   * @param condition a JavaScript expression that is true in the workers that are meant
   */
  async heldWhere(condition: string): Promise<number[]> {
    const held = await Promise.all(
      [...this.#workers].map(async (worker) => {
        if ((await this.#evaluate(condition, worker)) !== true) return [];
        await this.#call(COLLECT, {}, worker);
        return [Number(await this.#evaluate(IN_USE, worker))];
      }),
    );
    return held.flat();
  }

  /** What the operating system says that the whole process holds, in bytes. */
  async resident(): Promise<number> {
    return Number(await this.#evaluate('process.memoryUsage.rss()'));
  }

  async #evaluate(expression: string, worker?: string): Promise<unknown> {
    const answer = await this.#call('Runtime.evaluate', { expression, returnByValue: true }, worker);
    const { result, exceptionDetails } = answer as {
      result?: { value?: unknown };
      exceptionDetails?: unknown;
    };
    if (exceptionDetails !== undefined)
      throw new Error(`${expression} threw ${JSON.stringify(exceptionDetails)}`);
    return result?.value;
  }

  #call(method: string, params: object, worker?: string): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => {
      this.#waiting.set(keyOf(id, worker), { resolve, reject });
    });
    const text = JSON.stringify({ id, method, params });
    if (worker === undefined) this.#socket.send(text);
    else
      this.#call('NodeWorker.sendMessageToWorker', { sessionId: worker, message: text }).catch(
        (error: unknown) => this.#waiting.get(keyOf(id, worker))?.reject(asError(error)),
      );
    return answer;
  }

  /** @param worker the session in which it was said; undefined is the process itself */
  #receive(text: string, worker: string | undefined): void {
    const { id, result, error, method, params } = JSON.parse(text) as {
      id?: number;
      result?: Record<string, unknown>;
      error?: { message: string };
      method?: string;
      params?: { sessionId: string; message: string };
    };
    if (id !== undefined) {
      const waiting = this.#waiting.get(keyOf(id, worker));
      this.#waiting.delete(keyOf(id, worker));
      if (error === undefined) waiting?.resolve(result ?? {});
      else waiting?.reject(new Error(error.message));
      return;
    }
    if (params === undefined || worker !== undefined) return;
    if (method === 'NodeWorker.attachedToWorker') this.#workers.add(params.sessionId);
    if (method === 'NodeWorker.detachedFromWorker') this.#detach(params.sessionId);
    if (method === 'NodeWorker.receivedMessageFromWorker') this.#receive(params.message, params.sessionId);
  }

  #detach(worker: string): void {
    this.#workers.delete(worker);
    for (const [key, { reject }] of this.#waiting)
      if (key.startsWith(`${worker} `)) reject(new Error('The worker has ended'));
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('The inspector has hung up'));
  }
}

const keyOf = (id: number, worker: string | undefined) => `${worker ?? ''} ${id}`;

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
