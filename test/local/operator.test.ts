import { createFaults } from '../../local/faults/registry';
import type { JsonObject } from '../../local/json/json';
import { foreignRequest } from '../../local/operator/loopback-only';
import { createOperatorHandler } from '../../local/operator/operator-handler';
import { LocalServer, PortError } from '../../local/server';
import { ServiceError, Services } from '../../local/service';
import type { IncomingMessage } from 'node:http';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:fan-out';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:express:fan-out:<b>1</b>:uuid';
const addresses = {
  websocket: 'ws://127.0.0.1:8080/dev',
  endpoint: 'http://127.0.0.1:8080',
  console: 'http://127.0.0.1:8080/console',
};

let server: LocalServer;
let url: string;
const reported: unknown[] = [];

beforeEach(async () => {
  reported.length = 0;
  server = new LocalServer((error) => reported.push(error));
  url = `http://127.0.0.1:${await server.listen(0)}`;
});
afterEach(() => server.close());

function serve(faults = createFaults()): void {
  const execution: JsonObject = {
    executionArn: EXECUTION,
    stateMachineArn: MACHINE,
    name: '<b>1</b>',
    status: 'ABORTED',
    cause: 'The <b>operator</b>',
    startDate: 1_700_000_000.5,
    stopDate: 1_700_000_000.75,
  };
  const events: JsonObject[] = [
    { id: 1, previousEventId: 0, timestamp: 1_700_000_000.5, type: 'ExecutionStarted' },
    { id: 2, previousEventId: 1, type: 'PassStateEntered', stateEnteredEventDetails: { name: '<script>' } },
  ];
  const services = new Services();
  services.add({
    name: 'states',
    actions: {
      ListStateMachines: () =>
        Promise.resolve({ stateMachines: [{ stateMachineArn: MACHINE, name: 'fan-out' }] }),
      ListExecutions: () => Promise.resolve({ executions: [execution] }),
      DescribeExecution: ({ executionArn }) =>
        executionArn === EXECUTION
          ? Promise.resolve(execution)
          : Promise.reject(new ServiceError('ExecutionDoesNotExist', 'no')),
      GetExecutionHistory: () =>
        Promise.resolve({
          events,
        }),
      ListMapRuns: () => Promise.resolve({ mapRuns: [{ mapRunArn: 'arn:parts' }] }),
      DescribeMapRun: () =>
        Promise.resolve({
          status: 'ABORTED',
          itemCounts: { total: 3, pending: 0, succeeded: 1, aborted: 2 },
        }),
    },
  });
  server.serve([createOperatorHandler({ addresses, services, faults })]);
}

test('until everything is up, health says so with 503', async () => {
  const early = await fetch(`${url}/health`);
  expect([early.status, await early.json()]).toEqual([503, { ready: false }]);
  serve();
  const ready = await fetch(`${url}/health`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, ...addresses }]);
});

test('the home page has the line that joins the chat', async () => {
  serve();
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await response.text()).toContain('npx wscat -c &quot;ws://127.0.0.1:8080/dev?name=George&quot;');
});

test('the console lists executions, escaped, and links to why they ended, their events and their Map Runs', async () => {
  serve();
  const list = await (await fetch(`${url}/console`)).text();
  expect(list).toContain('2023-11-14 22:13:20.500');
  expect(list).toContain('&lt;b&gt;1&lt;/b&gt;');
  expect(list).toContain('250 ms');
  expect(list).not.toContain('<b>');
  const link = /href="(\/console\/[^"]+)"/.exec(list)![1]!;
  const events = await (await fetch(url + link)).text();
  expect(events).toContain('PassStateEntered');
  expect(events).toContain('The &lt;b&gt;operator&lt;/b&gt;');
  expect(events).toContain('Map Run · ABORTED');
  expect(events).toContain('3 items: 1 succeeded, 2 aborted');
  expect(events).toContain('&lt;script&gt;');
  expect(events).not.toContain('<script>');
});

test.each(['/nowhere', '/console/arn:nobody', '/console/%E0%A4%A'])(
  '%s is answered with 404 in JSON',
  async (path) => {
    serve();
    const response = await fetch(url + path);
    expect([response.status, await response.json()]).toEqual([
      404,
      { message: `There is nothing at GET ${path}` },
    ]);
  },
);

describe('the faults of the running process', () => {
  const put = async (body: string) => {
    const response = await fetch(`${url}/faults`, { method: 'PUT', body });
    return { status: response.status, body: (await response.json()) as JsonObject };
  };

  test('are exchanged by text or by JSON with a seed, and can be read', async () => {
    const faults = createFaults();
    serve(faults);
    expect(await put('bus.put:refuse@3')).toMatchObject({ status: 200, body: { seed: 1 } });
    expect(faults.at('bus.put')?.effect).toBe('refuse');
    await put('{"faults":"gateway.disconnect:drop","seed":7}');
    expect(await (await fetch(`${url}/faults`)).json()).toEqual({
      seed: 7,
      faults: [{ rule: 'gateway.disconnect:drop', asked: 0, fired: 0 }],
    });
    expect(await put('')).toEqual({ status: 200, body: { seed: 7, faults: [] } });
  });

  test.each([
    ['bus.putt:refuse', 'Fault specification'],
    ['{"faults":1}', 'faults must be a string'],
    ['{"faults":"","seed":1.5}', 'seed must be an integer'],
    ['{"faults":"","sed":1}', 'faults and seed can be set, not sed'],
    ['{', 'JSON'],
  ])('%s is refused with its error, and nothing changes', async (body, message) => {
    const faults = createFaults({ spec: 'bus.put:fail' });
    serve(faults);
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(message);
    expect(faults.list()).toHaveLength(1);
  });
});

test('a handler that throws answers 500 without its text, and is reported', async () => {
  server.serve([() => Promise.reject(new Error('secret'))]);
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([500, '{"message":"Internal error"}\n']);
  expect(reported).toEqual([new Error('secret')]);
});

test('a port in use is one clear line', async () => {
  const second = new LocalServer(() => {});
  const taken = second.listen(Number(new URL(url).port));
  await expect(taken).rejects.toThrow(PortError);
  await expect(taken).rejects.toThrow(
    /^Port \d+ is in use; choose another with --port, or --port 0 for a free one.$/,
  );
});

describe('requests that a foreign web page makes the browser send', () => {
  test.each([
    [{ host: '127.0.0.1:8080' }, undefined],
    [{ host: 'localhost' }, undefined],
    [{ host: '[::1]:8080' }, undefined],
    [{ host: 'localhost:8080', origin: 'http://localhost:5173' }, undefined],
    [{ host: 'rebound.example.com:8080' }, 'Only localhost and 127.0.0.1 are served here.'],
    [{ host: 'localhost.example.com' }, 'Only localhost and 127.0.0.1 are served here.'],
    [{}, 'Only localhost and 127.0.0.1 are served here.'],
    [
      { host: 'localhost:8080', origin: 'https://example.com' },
      'Pages of other origins are not served here.',
    ],
    [{ host: 'localhost:8080', origin: 'null' }, 'Pages of other origins are not served here.'],
  ])('%j: %s', (headers, refusal) => {
    expect(foreignRequest({ headers } as IncomingMessage)).toBe(refusal);
  });
});
