import { paginateScan, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { createAudience } from '../../handlers/aws/audience';
import { createConnections } from '../../handlers/aws/connections';
import { ConnectionsApi } from '../../handlers/aws/connections-api';
import { environment } from '../../handlers/aws/environment';
import type { Connection } from '../../handlers/chat/connections';
import { rangeOfPart } from '../../handlers/chat/fan-out/audience-plan';
import { timestampOf } from '../../handlers/chat/messages';
import { pagesOf } from '../../handlers/chat/paging';
import { isDirectRoom } from '../../handlers/chat/rooms';
import { tableVariable } from '../../handlers/tables';
import { CALLBACK_URL_VARIABLE } from '../../handlers/wiring/environment';
import type { ConnectionsRequest } from './connections-command-line';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';

/** How long API Gateway may take to answer, in milliseconds. */
const PATIENCE = 3000;

/**
 * Says who is connected, or what is known of one connection, or closes it.
 * @throws OperatorError for a room whose connections cannot be told, and where API Gateway does not do as it is asked
 */
export async function runConnectionsCommand(
  request: ConnectionsRequest,
  installation: Installation,
  say: (line: string) => void,
): Promise<void> {
  if (request.command === 'list') return list(request.roomId, installation.dynamodb, say);
  const { command, connectionId } = request;
  const api = await managementApi(installation);
  try {
    const signer = await api.signer();
    const deadline = performance.now() + PATIENCE;
    if (command === 'inspect') {
      const view = await api.get(signer, connectionId, deadline);
      if (view === undefined) throw new OperatorError(`API Gateway has no connection ${connectionId}.`);
      const { connectedAt, lastActiveAt, identity } = view;
      const client = identity.userAgent === undefined ? '' : ` with ${identity.userAgent}`;
      return say(
        `${connectionId}  since ${connectedAt}, last active ${lastActiveAt}, from ${identity.sourceIp}${client}`,
      );
    }
    const answer = await api.delete(signer, connectionId, deadline);
    const outcome = 'lost' in answer ? answer.lost : answer.status;
    if (outcome === 410) throw new OperatorError(`API Gateway has no connection ${connectionId}.`);
    if (outcome !== 204) throw new OperatorError(`API Gateway did not close it: ${outcome}.`);
    say(`${connectionId} is closed.`);
  } finally {
    api.close();
  }
}

async function list(
  roomId: string | undefined,
  dynamodb: DynamoDBClient,
  say: (line: string) => void,
): Promise<void> {
  if (roomId !== undefined && isDirectRoom(roomId))
    throw new OperatorError('A direct room has no connections of its own: it reaches all of its two people.');
  const connections = createConnections();
  let count = 0;
  for await (const ids of roomId === undefined ? allIds(dynamodb) : idsInRoom(roomId)) {
    for (const connection of await connections.findMany(ids)) {
      count++;
      say(lineOf(connection));
    }
  }
  if (count === 0) say(`Nobody is connected${roomId === undefined ? '' : ' in this room'}.`);
}

function lineOf({ connectionId, name, userId, kind, groups, rooms, openedAt, seenAt }: Connection): string {
  const what = groups.length > 0 ? groups.join(',') : kind;
  const since = `since ${timestampOf(openedAt)}, last heard of ${timestampOf(seenAt)}`;
  return [connectionId, name, userId, what, rooms.join(',') || '-', since].join('  ');
}

async function* allIds(client: DynamoDBClient): AsyncGenerator<string[]> {
  const pages = paginateScan(
    { client },
    {
      TableName: environment(tableVariable('Connections')),
      ProjectionExpression: 'connectionId',
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) yield Items.flatMap(({ connectionId }) => connectionId?.S ?? []);
}

async function* idsInRoom(roomId: string): AsyncGenerator<string[]> {
  const audience = createAudience();
  const everybody = rangeOfPart(0, 1);
  for await (const { rows } of pagesOf((after) => audience.page(roomId, { ...everybody, after })))
    yield rows.map(({ connectionId }) => connectionId);
}

async function managementApi(installation: Installation): Promise<ConnectionsApi> {
  return new ConnectionsApi({
    url: await callbackUrl(installation),
    region: await installation.dynamodb.config.region(),
    credentials: defaultProvider(),
    inFlight: 1,
  });
}

/** Functions that post have the address in their environment. */
async function callbackUrl({ stage, endpoint }: Installation): Promise<string> {
  if (endpoint !== undefined) return `${endpoint}/${stage}`;
  const client = new LambdaClient({});
  const ofStage = new RegExp(`^parley-${stage}-chat-[A-Za-z]+[0-9A-F]{8}(-|$)`);
  try {
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      for (const { FunctionName = '', Environment } of Functions) {
        const url = Environment?.Variables?.[CALLBACK_URL_VARIABLE];
        if (url !== undefined && ofStage.test(FunctionName)) return url;
      }
    }
  } finally {
    client.destroy();
  }
  throw new OperatorError(`No function of the stage ${stage} tells the address of its connections.`);
}
