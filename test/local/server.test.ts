import { createServer, get, type IncomingMessage } from 'node:http';
import { LocalServer, type HttpHandler } from '../../local/server';
import { start } from '../support/functions';

const greet: HttpHandler = (request, response) => {
  response.end(`hello at ${request.url}`);
  return Promise.resolve(true);
};

let server: LocalServer;
let port: number;
let socket: string;

beforeAll(async () => {
  server = new LocalServer((error) => process.stderr.write(`${String(error)}\n`));
  port = await server.listen(0);
  socket = await server.listenInside();
});
afterAll(() => server.close());

function ask(options: { port: number } | { socketPath: string }): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    get({ ...options, host: '127.0.0.1', path: '/there' }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve([response.statusCode, body]));
    }).on('error', reject);
  });
}

it('answers 503 at its port and at its socket until it serves, and then the same at both', async () => {
  for (const place of [{ port }, { socketPath: socket }]) expect((await ask(place))[0]).toBe(503);
  server.serve([greet]);
  for (const place of [{ port }, { socketPath: socket }]) {
    expect(await ask(place)).toEqual([200, 'hello at /there']);
  }
});

it('is reached by functions at its socket when they ask for its port, and nobody else is', async () => {
  server.serve([greet]);
  const overTcp = jest.fn();
  server.http.on('connection', overTcp);
  const other = createServer((_request, response) => response.end('somebody else'));
  const otherPort = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => {
      const address = other.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );

  const { invoke } = start(
    'index.get',
    {},
    { endpointUrl: () => `http://127.0.0.1:${port}`, endpointSocket: () => socket },
  );
  expect(await invoke(`http://127.0.0.1:${port}/there`)).toMatchObject({ Payload: 'hello at /there' });
  expect(await invoke(`http://127.0.0.1:${otherPort}/`)).toMatchObject({ Payload: 'somebody else' });
  expect(overTcp).not.toHaveBeenCalled();
  other.close();
});
