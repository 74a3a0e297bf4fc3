/**
 * Runs in a worker thread: one execution environment of one function, as Lambda's Node.js runtime is one. It
 * loads the handler's module, then answers one invocation at a time. Plain JavaScript, because a worker starts
 * without the loader that runs the rest of `local/`; execution-environment.ts is the other end of its messages.
 *
 * @typedef {object} Start what `workerData` holds
 * @property {string} taskRoot folder of the deployed code
 * @property {string} handler e.g. `index.handler`
 * @property {{ port: string, socket: string }} endpoint the runtime's port, and the socket that serves the same
 * @property {Record<string, unknown>} context members of each invocation's context that never change
 * @property {{ now: number, at: bigint, speed: number } | undefined} clock the time to show, when it is not real
 *
 * @typedef {{ requestId: string, event: string, trace: string, timeout: number }} Invocation JSON text; milliseconds
 */
'use strict';
const { existsSync } = require('node:fs');
const { Agent } = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');
const { parentPort, workerData } = require('node:worker_threads');

/** @type {Start} */
const start = workerData;
/** @type {string | undefined} */
let requestId;

if (start.clock !== undefined) showTime(start.clock);
shortenTheWay(start.endpoint);
for (const [method, level] of Object.entries({
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
})) {
  console[method] = (/** @type {unknown[]} */ ...values) => writeLog(level, format(...values));
}
process.on('uncaughtException', (error) => die(describe(error), 129));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = describe(reason);
  const name = reason instanceof Error ? reason.name : 'Error';
  const failure = {
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: `${name}: ${errorMessage}`,
    trace,
  };
  die(failure, 128);
});

load().then(
  (handler) => {
    parentPort.on('message', (/** @type {Invocation} */ invocation) => void answer(handler, invocation));
    parentPort.postMessage({ kind: 'ready' });
  },
  (error) => {
    writeLog('ERROR', `Uncaught Exception \t${JSON.stringify(describe(error))}`);
    parentPort.postMessage({ kind: 'failed', error: describe(error) });
    process.exit(1);
  },
);

/** Finds the exported function as Lambda does: folder/file.export, with `.js` before `.mjs` and `.cjs`. */
async function load() {
  const [, folder, file, name] = /^(.*\/)?([^./]+)\.(.+)$/.exec(start.handler) ?? [];
  if (file === undefined) throw named('Runtime.MalformedHandlerName', `Bad handler ${start.handler}`);
  const base = path.join(start.taskRoot, folder ?? '', file);
  const found = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find((each) => existsSync(each));
  if (found === undefined) {
    throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}' in ${start.taskRoot}`);
  }
  const loaded = found.endsWith('.mjs')
    ? await import(pathToFileURL(found).href)
    : await requireOrImport(found);
  const handler = name.split('.').reduce((value, key) => value?.[key], loaded);
  if (typeof handler !== 'function') {
    throw named('Runtime.HandlerNotFound', `${start.handler} is undefined or not exported`);
  }
  if (handler.length > 2) {
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      `${start.handler} takes a callback; return a promise instead`,
    );
  }
  return handler;
}

/** @param {string} file a `.js` file is a module where a package.json beside it says so */
async function requireOrImport(file) {
  try {
    return require(file);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ESM') return import(pathToFileURL(file).href);
    throw error;
  }
}

/**
 * @param {(event: unknown, context: object) => unknown} handler
 * @param {Invocation} invocation
 */
async function answer(handler, invocation) {
  const started = performance.now();
  requestId = invocation.requestId;
  // Where the AWS SDK looks for the header that it sends with each call.
  process.env._X_AMZN_TRACE_ID = invocation.trace;
  const context = {
    ...start.context,
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () =>
      Math.max(0, Math.round(invocation.timeout - (performance.now() - started))),
  };
  try {
    const result = await handler(JSON.parse(invocation.event), context);
    parentPort.postMessage({ kind: 'answered', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    writeLog('ERROR', `Invoke Error \t${JSON.stringify(describe(error))}`);
    parentPort.postMessage({ kind: 'failed', error: describe(error) });
  }
}

/** Ends this environment because of something that no handler caught; an invocation under way fails with it. */
function die(/** @type {ReturnType<typeof describe>} */ error, /** @type {number} */ code) {
  writeLog('ERROR', `Uncaught Exception \t${JSON.stringify(error)}`);
  parentPort.postMessage({ kind: 'failed', error, fatal: true });
  process.exit(code);
}

/** What Lambda answers for something thrown. */
function describe(/** @type {unknown} */ error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function named(/** @type {string} */ name, /** @type {string} */ message) {
  return Object.assign(new Error(message), { name });
}

function writeLog(/** @type {string} */ level, /** @type {string} */ message) {
  parentPort.postMessage({
    kind: 'log',
    line: `${new Date().toISOString()}\t${requestId}\t${level}\t${message}`,
  });
}

/** Connections to the runtime's own port are made at its socket. What is said there is the same. */
function shortenTheWay(/** @type {Start['endpoint']} */ { port, socket }) {
  const { createConnection } = Agent.prototype;
  Agent.prototype.createConnection = function (options, callback) {
    const isOurs = options.host === '127.0.0.1' && String(options.port) === port;
    return isOurs ? net.connect({ path: socket }, callback) : createConnection.call(this, options, callback);
  };
}

/** Makes `Date` follow the runtime's clock. Timers and performance.now() stay real, as the timeout does. */
function showTime(/** @type {{ now: number, at: bigint, speed: number }} */ clock) {
  const RealDate = Date;
  const now = () => Math.floor(clock.now + (Number(process.hrtime.bigint() - clock.at) / 1e6) * clock.speed);
  function VirtualDate(/** @type {unknown[]} */ ...parts) {
    if (new.target === undefined) return new RealDate(now()).toString();
    return Reflect.construct(RealDate, parts.length === 0 ? [now()] : parts, new.target);
  }
  Object.setPrototypeOf(VirtualDate, RealDate);
  VirtualDate.prototype = RealDate.prototype;
  VirtualDate.prototype.constructor = VirtualDate;
  VirtualDate.now = now;
  globalThis.Date = /** @type {DateConstructor} */ (/** @type {unknown} */ (VirtualDate));
}
