import {
  ConditionalCheckFailedException,
  paginateScan,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { environment } from '../../handlers/aws/environment';
import { newId, parseMessageId } from '../../handlers/chat/ids';
import { tableVariable, type TableName } from '../../handlers/tables';
import type { EpochRequest } from './command-line';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';

/** Join codes are items of the same table and have no epoch. */
const roomRow = z.object({ roomId: z.string(), head: z.number(), epoch: z.string() });
const numberedRow = z.object({ roomId: z.string(), seq: z.number() });
const deliveryRow = z.object({ messageId: z.string() });

/**
 * Gives every room a new epoch and raises its head to the highest number in any table. Safe to repeat, also while
 * people write: a head is only ever raised.
 * @throws OperatorError, before anything is changed, where there are messages of rooms that have no row
 */
export async function giveNewEpochs(
  { confirmed }: EpochRequest,
  { description, dynamodb }: Pick<Installation, 'description' | 'dynamodb'>,
  say: (line: string) => void,
): Promise<void> {
  say(`Parley ${description}`);
  const highest = await highestNumbers(dynamodb);
  // Read after them: a room that came into being meanwhile is not taken for one without a row.
  const heads = await headsOfRooms(dynamodb);
  const orphans = [...highest.keys()].filter((roomId) => !heads.has(roomId));
  if (orphans.length > 0)
    throw new OperatorError(
      `There are messages of ${orphans.length} rooms without a row in Rooms; if they came into being again, numbers would be given twice. Restore Rooms to a later time: ${orphans.slice(0, 10).join(', ')}${orphans.length > 10 ? ', …' : ''}`,
    );

  const low = [...heads].filter(([roomId, head]) => (highest.get(roomId) ?? 0) > head);
  const verb = confirmed ? '' : 'would ';
  if (confirmed) {
    // Heads first: an epoch is new only when nothing can be numbered twice any more.
    for (const [roomId] of low) await raiseHead(roomId, highest.get(roomId) ?? 0, dynamodb);
    for (const roomId of heads.keys()) await renewEpoch(roomId, dynamodb);
  }
  say(
    `${heads.size} rooms ${verb}have a new epoch; the heads of ${low.length} ${verb}go up to the highest number found.`,
  );
  if (!confirmed) say('Nothing was changed: add --yes to do it.');
}

/** The highest number of each room in any table, its ledger included: a number with a ledger would be posted to nobody. */
async function highestNumbers(client: DynamoDBClient): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  const note = ({ roomId, seq }: { roomId: string; seq: number }) =>
    highest.set(roomId, Math.max(seq, highest.get(roomId) ?? 0));
  for (const table of ['Outbox', 'ChatHistory'] as const) {
    for await (const row of scan(table, ['roomId', 'seq'], client)) note(numberedRow.parse(row));
  }
  for await (const row of scan('Deliveries', ['messageId'], client)) {
    const location = parseMessageId(deliveryRow.parse(row).messageId);
    if (location !== undefined) note(location);
  }
  return highest;
}

async function headsOfRooms(client: DynamoDBClient): Promise<Map<string, number>> {
  const heads = new Map<string, number>();
  for await (const row of scan('Rooms', ['roomId', 'head', 'epoch'], client)) {
    const room = roomRow.safeParse(row);
    if (room.success) heads.set(room.data.roomId, room.data.head);
  }
  return heads;
}

async function* scan(table: TableName, attributes: readonly string[], client: DynamoDBClient) {
  const pages = paginateScan(
    { client },
    {
      TableName: environment(tableVariable(table)),
      ConsistentRead: true,
      ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
    },
  );
  for await (const { Items = [] } of pages) for (const item of Items) yield unmarshall(item);
}

function renewEpoch(roomId: string, client: DynamoDBClient): Promise<void> {
  return updateRoom(
    roomId,
    { set: 'SET epoch = :value', condition: 'attribute_exists(epoch)', value: newId('e') },
    client,
  );
}

function raiseHead(roomId: string, seq: number, client: DynamoDBClient): Promise<void> {
  return updateRoom(roomId, { set: 'SET head = :value', condition: 'head < :value', value: seq }, client);
}

/** Does nothing where the condition does not hold. */
async function updateRoom(
  roomId: string,
  { set, condition, value }: { set: string; condition: string; value: string | number },
  client: DynamoDBClient,
): Promise<void> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: environment(tableVariable('Rooms')),
        Key: marshall({ roomId }),
        UpdateExpression: set,
        ConditionExpression: condition,
        ExpressionAttributeValues: marshall({ ':value': value }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
