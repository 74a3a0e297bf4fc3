import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { WebSocket } from 'ws';
import { ParleyClient, type ClientOptions } from '../../client';
import { directRoomId, newId } from '../../handlers/chat/ids';
import type { Runtime } from '../../local/runtime';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { peopleAt } from '../support/people';
import { startTestRuntime } from '../support/runtime';
/** More than one page of rooms holds. */
const STRANGERS = 150;
const SECRET = 'george-has-many-devices';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startTestRuntime();
}, 90_000);
const people = peopleAt(() => runtime.url);
const devices: ParleyClient[] = [];
afterAll(async () => {
  for (const device of devices) device.close();
  people.goodbye();
  await runtime.close();
});

/** As one direct room was really opened, so are many more, by strangers who are not there any more. */
async function openMore(count: number, userId: string): Promise<void> {
  const deployed = new Deployed(runtime.endpoint);
  const rows = await Promise.all([deployed.rows('Rooms'), deployed.rows('Members')]);
  const [room, member] = rows.map((some) =>
    some.find(({ roomId, userId: whose = userId }) => roomId.startsWith('d_') && whose === userId),
  );
  const tables = (await deployed.dynamodb.send(new ListTablesCommand({}))).TableNames ?? [];
  const named = (name: string) => tables.find((table) => table.includes(name))!;
  for (let index = 0; index < count; index += 1) {
    const people = [userId, newId('g')] as const;
    const roomId = directRoomId(...people);
    const put = (TableName: string, row: object) =>
      deployed.dynamodb.send(new PutItemCommand({ TableName, Item: marshall(row) }));
    await put(named('Rooms'), { ...room, roomId, name: roomId, people });
    await put(named('Members'), { ...member, roomId });
  }
  deployed.close();
}

/** One more device of George, and what it was told, as `room: text`. */
async function device(options: Partial<ClientOptions> = {}) {
  const told: string[] = [];
  const client = new ParleyClient({
    url: runtime.url,
    guest: { name: 'George', room: 'home', secret: SECRET },
    WebSocket,
    ...options,
  });
  devices.push(client);
  client.on('message', ({ room, message }) => told.push(`${room}: ${message}`));
  await client.start().connected();
  return { client, told, heard: () => told.map((line) => line.slice(line.indexOf(': ') + 2)).sort() };
}

test('somebody to whom more strangers wrote than a page holds misses nothing on any device', async () => {
  const phone = await device();
  await phone.client.commands.joinRoom('attic');
  const { userId } = phone.client.me!;
  const first = await people.person('first stranger', { room: 'home' });
  await first.ask('sendPrivate', { to: userId, message: 'anybody there?' });
  await eventually(() => expect(phone.heard()).toEqual(['anybody there?']));
  await openMore(STRANGERS - 1, userId);

  // A fresh device enters what George entered, however many others wrote.
  const neighbour = await people.person('Neighbour', { room: 'attic' });
  const laptop = await device();
  await eventually(() => expect(Object.keys(laptop.client.positions())).toHaveLength(STRANGERS + 2));
  await neighbour.ask('sendMessage', { room: 'attic', message: 'the roof leaks' });
  await eventually(() => expect(laptop.told).toEqual(['attic: the roof leaks']));

  // A page that was reloaded delivers what one stranger more has written meanwhile.
  const positions = laptop.client.positions();
  laptop.client.close();
  const last = await people.person('last stranger', { room: 'home' });
  await last.ask('sendPrivate', { to: userId, message: 'psst' });
  const reloaded = await device({ positions });
  await eventually(() => expect(reloaded.heard()).toEqual(['psst']));

  // A room that one device enters is followed by the other, from its next ping on.
  const { roomId } = await phone.client.commands.joinRoom('cellar');
  reloaded.client.wake();
  await eventually(() => expect(reloaded.client.positions()).toHaveProperty(roomId));
  const cellar = await people.person('Mole', { room: 'cellar' });
  await cellar.ask('sendMessage', { room: 'cellar', message: 'it is dark' });
  await eventually(() => expect(reloaded.told).toContain('cellar: it is dark'));
}, 240_000);
