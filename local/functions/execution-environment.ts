import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Meter } from '../billing/meter';
import type { Clock } from '../clock';
import { isObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import { environmentVariables, type RoleCredentials } from './environment-variables';
import type { FunctionConfiguration } from './function-configuration';
import { exited, failure, MAX_PAYLOAD_BYTES, timedOut, timeoutText, tooLarge, type Outcome } from './outcome';

/** What an execution environment needs of the runtime around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly credentialsFor: (roleArn: string) => RoleCredentials;
  /** Where the AWS APIs are served, asked when an environment starts. */
  readonly endpointUrl: () => string;
  /** The socket at which the same is served, for calls from here; see LocalServer. */
  readonly endpointSocket: () => string;
  /** Takes log group, log stream, line, and the trace header of the invocation under way. */
  readonly log: (group: string, stream: string, line: string, trace?: string) => void;
  readonly meter?: Meter;
}

/** A module that did not load, or a handler that it does not export; `outcome` is what an invocation gets. */
export class InitializationError extends Error {
  override readonly name = 'InitializationError';
  constructor(
    message: string,
    readonly outcome: Outcome,
  ) {
    super(message);
  }
}

interface Invocation {
  readonly requestId: string;
  readonly trace: string;
  readonly end: (outcome: Outcome) => void;
}

/** One worker thread that has loaded a function's code and runs one invocation at a time. */
export class ExecutionEnvironment {
  /** Resolves once the module is loaded; rejects with InitializationError. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #configuration: FunctionConfiguration;
  readonly #log: (line: string) => void;
  readonly #meter: Meter | undefined;
  readonly #worker: Worker;
  #starting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  #invocation: Invocation | undefined;
  #outOfMemory = false;
  #alive = true;

  constructor(
    configuration: FunctionConfiguration,
    { clock, credentialsFor, endpointUrl, endpointSocket, log, meter }: Surroundings,
  ) {
    const stream = logStreamName(clock);
    this.#configuration = configuration;
    this.#meter = meter;
    this.#log = (line) => log(configuration.logGroup, stream, line, this.#invocation?.trace);
    this.#worker = new Worker(join(__dirname, 'worker.js'), {
      env: environmentVariables(configuration, credentialsFor(configuration.roleArn), endpointUrl(), stream),
      // Nothing of how this process was started (tsx, a debugger) is for the function.
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: configuration.memorySize },
      workerData: {
        taskRoot: configuration.taskRoot,
        handler: configuration.handler,
        endpoint: { port: new URL(endpointUrl()).port, socket: endpointSocket() },
        context: {
          functionName: configuration.name,
          functionVersion: '$LATEST',
          invokedFunctionArn: configuration.arn,
          memoryLimitInMB: String(configuration.memorySize),
          logGroupName: configuration.logGroup,
          logStreamName: stream,
        },
        clock:
          clock.speed === 1
            ? undefined
            : { now: clock.now(), at: process.hrtime.bigint(), speed: clock.speed },
      },
    });
    this.ready = new Promise((resolve, reject) => (this.#starting = { resolve, reject }));
    this.ended = new Promise((resolve) => this.#worker.once('exit', (code) => resolve(this.#onExit(code))));
    this.#worker.on('message', (message: unknown) => this.#onMessage(message));
    this.#worker.on('error', (error: unknown) => this.#onError(error));
    for (const output of [this.#worker.stdout, this.#worker.stderr]) {
      output.setEncoding('utf8').on('data', (chunk: string) => this.#writeRaw(chunk));
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Runs the handler; resolves in every case, at the latest when the function's timeout has passed. */
  invoke(requestId: string, event: string, trace: string): Promise<Outcome> {
    const { timeout, memorySize } = this.#configuration;
    const started = performance.now();
    return new Promise((resolve) => {
      const expiry = setTimeout(() => {
        this.#log(`${requestId} ${timeoutText(timeout)}`);
        end(timedOut(requestId, timeout));
        void this.terminate();
      }, timeout * 1000);
      const end = (outcome: Outcome) => {
        clearTimeout(expiry);
        const duration = performance.now() - started;
        this.#meter?.invocation(this.#configuration, duration, trace);
        this.#log(`END RequestId: ${requestId}`);
        this.#log(
          `REPORT RequestId: ${requestId}\tDuration: ${duration.toFixed(2)} ms\t` +
            `Billed Duration: ${Math.ceil(duration)} ms\tMemory Size: ${memorySize} MB`,
        );
        this.#invocation = undefined;
        resolve(outcome);
      };
      this.#invocation = { requestId, trace, end };
      // Before the log line: the worker begins while that is written, and its own lines can come only later.
      this.#worker.postMessage({ requestId, event, trace, timeout: timeout * 1000 });
      this.#log(`START RequestId: ${requestId} Version: $LATEST`);
    });
  }

  async terminate(): Promise<void> {
    this.#alive = false;
    await this.#worker.terminate();
  }

  #onMessage(message: unknown): void {
    if (!isObject(message)) return;
    switch (message.kind) {
      case 'ready':
        this.#starting?.resolve();
        this.#starting = undefined;
        return;
      case 'log':
        if (typeof message.line === 'string') this.#log(message.line);
        return;
      case 'answered':
        if (typeof message.payload === 'string') this.#invocation?.end(answer(message.payload));
        return;
      case 'failed':
        if (message.fatal === true) this.#alive = false;
        if (isObject(message.error)) this.#fail({ functionError: 'Unhandled', payload: message.error });
        return;
      default:
        throw new Error(`A worker sent an unknown message: ${JSON.stringify(message)}`);
    }
  }

  #fail(outcome: Outcome): void {
    if (this.#starting === undefined) {
      this.#invocation?.end(outcome);
      return;
    }
    const { name } = this.#configuration;
    const reason = isObject(outcome.payload) ? outcome.payload.errorMessage : undefined;
    this.#starting.reject(
      new InitializationError(
        `Function ${name} did not load: ${typeof reason === 'string' ? reason : ''}`,
        outcome,
      ),
    );
    this.#starting = undefined;
  }

  /** Errors that the worker itself could not report: it ran out of memory, or could not be started. */
  #onError(error: unknown): void {
    this.#outOfMemory ||= isCoded(error) && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    this.#alive = false;
    if (!this.#outOfMemory) this.#fail(failure('Runtime.Unknown', String(error)));
  }

  #onExit(code: number): void {
    this.#alive = false;
    const reason = this.#outOfMemory ? 'signal: killed' : code === 0 ? undefined : `exit status ${code}`;
    this.#fail(exited(this.#invocation?.requestId ?? randomUUID(), reason));
  }

  #writeRaw(chunk: string): void {
    for (const line of chunk.split('\n')) if (line !== '') this.#log(line);
  }
}

function answer(payload: string): Outcome {
  const bytes = Buffer.byteLength(payload);
  return bytes > MAX_PAYLOAD_BYTES ? tooLarge(bytes) : { payload: parseJson(payload) };
}

/** As Lambda names them: one stream per execution environment, `2026/11/20/[$LATEST]<32 hex digits>`. */
function logStreamName(clock: Clock): string {
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
}

function isCoded(error: unknown): error is { readonly code: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error;
}
