import { paginateQuery, paginateScan, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { environment } from '../../handlers/aws/environment';
import { isUserId } from '../../handlers/chat/ids';
import { tableVariable } from '../../handlers/tables';
import { OperatorError } from './operator-error';

const connectionRow = z.object({ userId: z.string() });
const historyRow = z.object({ senderId: z.string() });

/**
 * The ids of everybody whom this can mean: the id itself, or all who are connected under this name or have written
 * under it in the room. Whoever is gone and never wrote there can be asked for by id only.
 * Reads the whole of Connections and of the room's history, so it is for an operator now and then.
 * @throws OperatorError where nobody is found
 */
export async function idsOf(nameOrId: string, roomId: string, client: DynamoDBClient): Promise<string[]> {
  if (isUserId(nameOrId)) return [nameOrId];
  const names = { '#name': 'name', '#userId': 'userId' };
  const ids = new Set<string>();
  const connected = paginateScan(
    { client },
    {
      TableName: environment(tableVariable('Connections')),
      FilterExpression: '#name = :name',
      ProjectionExpression: '#userId',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ':name': { S: nameOrId } },
    },
  );
  for await (const { Items = [] } of connected)
    for (const item of Items) ids.add(connectionRow.parse(unmarshall(item)).userId);
  const wrote = paginateQuery(
    { client },
    {
      TableName: environment(tableVariable('ChatHistory')),
      KeyConditionExpression: 'roomId = :roomId',
      FilterExpression: 'sender = :name',
      ProjectionExpression: 'senderId',
      ExpressionAttributeValues: { ':roomId': { S: roomId }, ':name': { S: nameOrId } },
    },
  );
  for await (const { Items = [] } of wrote)
    for (const item of Items) ids.add(historyRow.parse(unmarshall(item)).senderId);
  if (ids.size === 0)
    throw new OperatorError(
      `Nobody is connected as ${nameOrId} or has written under that name in the room; whoever is gone and never wrote can be asked for by id (u_… or g_…).`,
    );
  return [...ids].sort();
}
