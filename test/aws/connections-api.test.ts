import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionsApi } from '../../handlers/aws/connections-api';
import { signedBody } from '../../handlers/aws/signature';
import { OPERATOR_KEY } from '../../local/credentials';
import { startGateway, type Fixture } from '../local/gateway-fixture';

let fixture: Fixture;
const opened: ConnectionsApi[] = [];

beforeAll(async () => {
  fixture = await startGateway();
});
afterAll(async () => {
  for (const api of opened) api.close();
  await fixture.close();
});

async function apiOf(credentials = OPERATOR_KEY, url = fixture.endpoint) {
  const options = { url, region: 'us-east-1', inFlight: 1 };
  const api = new ConnectionsApi({ ...options, credentials: () => Promise.resolve(credentials) });
  opened.push(api);
  return { api, signer: await api.signer() };
}
const soon = () => performance.now() + 10_000;

test('S3, POST, GET and DELETE: one small module pushes to a connection, inspects it and closes it', async () => {
  const { api, signer } = await apiOf();
  const client = await fixture.connect({ headers: { 'User-Agent': 'wscat' } });
  const [{ connectionId, connectedAt } = { connectionId: '', connectedAt: 0 }] =
    fixture.gateway.connections();

  expect(await api.post(signer, connectionId, signedBody('hello'), soon())).toEqual({ status: 200 });
  expect(await client.next()).toBe('hello');

  const [{ lastActiveAt } = { lastActiveAt: 0 }] = fixture.gateway.connections();
  expect(await api.get(signer, connectionId, soon())).toEqual({
    connectedAt: new Date(connectedAt).toISOString(),
    lastActiveAt: new Date(lastActiveAt).toISOString(),
    identity: { sourceIp: '127.0.0.1', userAgent: 'wscat' },
  });

  expect(await api.delete(signer, connectionId, soon())).toEqual({ status: 204 });
  expect(await client.closed).toMatchObject({ code: 1000 });
  expect(await api.get(signer, connectionId, soon())).toBeUndefined();
  expect(await api.post(signer, connectionId, signedBody('anybody?'), soon())).toEqual({ status: 410 });
});

test('asking about a connection throws where it is not allowed or not answered, because neither means gone', async () => {
  await fixture.connect();
  const [{ connectionId } = { connectionId: '' }] = fixture.gateway.connections();
  const impostor = await apiOf({ ...OPERATOR_KEY, secretAccessKey: 'guessed' });
  await expect(impostor.api.get(impostor.signer, connectionId, soon())).rejects.toThrow('answered 403');

  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { api, signer } = await apiOf(
    OPERATOR_KEY,
    `http://127.0.0.1:${(mute.address() as AddressInfo).port}`,
  );
  await expect(api.get(signer, connectionId, performance.now() + 50)).rejects.toThrow('no answer');
  mute.closeAllConnections();
  mute.close();
});
