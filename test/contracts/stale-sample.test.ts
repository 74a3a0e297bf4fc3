import { randomUUID } from 'node:crypto';
import { createAudience } from '../../handlers/aws/audience';
import { Table } from '../../handlers/aws/table';
import { LIFETIME, type AudienceRow } from '../../handlers/chat/connections';
import { slotOf } from '../../handlers/chat/ids';
import { eventually } from '../support/eventually';
import { aRoomId } from '../support/memory/examples';
import { startLocalAws, type LocalAws } from './local-aws';

let local: LocalAws;

beforeAll(async () => (local = await startLocalAws()));
afterAll(() => local.close());

function rowOf(partition: string, expiresAt: number): AudienceRow {
  const connectionId = randomUUID().slice(0, 16);
  const slot = slotOf(partition, 'u_alice', connectionId);
  return { partition, slot, connectionId, userId: 'u_alice', openedAt: expiresAt - LIFETIME, expiresAt };
}

test('a sample that is behind and knows only of expired rows is not believed, because a plan made of nobody serves nobody', async () => {
  const audience = createAudience();
  const roomId = aRoomId();
  await audience.join([rowOf(roomId, Date.now() - 60_000)]);
  local.faults.set('table.read:stale(1s)');
  const stale = { where: '#p = :p', names: { '#p': 'partition' }, values: { ':p': roomId }, stale: true };
  await eventually(async () => expect((await new Table('Audience').query(stale)).rows).toHaveLength(1), {
    timeout: 20_000,
  });
  const alice = rowOf(roomId, Date.now() + LIFETIME);
  await audience.join([alice]);
  expect((await new Table('Audience').query(stale)).rows).toHaveLength(1);
  expect((await audience.sample(roomId, 256)).slots).toEqual([alice.slot]);
});
