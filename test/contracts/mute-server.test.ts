import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createConnections } from '../../handlers/aws/connections';

/** A server that takes every request and never answers. */
let mute: Server;
let asked = 0;

beforeAll(async () => {
  mute = createServer(() => (asked += 1));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  process.env.CONNECTIONS_TABLE = 'Connections';
});
afterAll(() => {
  mute.closeAllConnections();
  mute.close();
});

test('a call that is never answered is given up and tried again, all within the ten seconds of a function', async () => {
  const began = performance.now();
  await expect(createConnections().find('c=')).rejects.toThrow();
  expect(asked).toBe(4);
  expect(performance.now() - began).toBeLessThan(10_000);
}, 60_000);
