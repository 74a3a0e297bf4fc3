import { massDisconnect } from '../support/mass-disconnect';

const KIB = 1024;

test('S1, all connections: 2,000 connections that ended without a word are pruned by the broadcasts of the next messages, with small payloads and no entry stuck', async () => {
  const result = await massDisconnect(2000, { segmentSize: 250, patience: 60_000 });
  expect(result).toMatchObject({ tier: 'broadcast', left: 0, stuck: 0, reached: true, leaveNotices: 0 });
  expect(result.parts).toBeGreaterThan(5);
  expect(result.largestPayload).toBeGreaterThan(0);
  expect(result.largestPayload).toBeLessThan(16 * KIB);
}, 240_000);
