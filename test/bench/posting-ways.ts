import { createHmac, hash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { gatewaySockets } from '../../handlers/aws/sockets';
import type { PostOutcome } from '../../handlers/chat/ports';
import type { ConnectionsServer } from '../support/connections-server/start';
import { sdkSockets } from '../support/sdk-sockets';

/** One way to post a frame to many connections; `release` lets go of its sockets. */
export interface Way {
  post(ids: readonly string[]): Promise<unknown>;
  release(): void;
}

export const FRAME = JSON.stringify({ type: 'message', room: 'lobby', seq: 1, message: 'x'.repeat(100) });
const UNPACED = 1e9;
const credentials = () => Promise.resolve({ accessKeyId: 'local', secretAccessKey: 'local' });
const recipients = (ids: readonly string[]) => ids.map((connectionId) => ({ connectionId }));

export const connectionIds = (count: number) =>
  Array.from({ length: count }, (_, index) => `L0SM9cOFvHcC${index}=`);

/** As many as a worker reads at a time. */
const PAGE = 1000;

/** Parley's, at once or page after page, each page with the deadline that `deliver` would give it. */
export function poster(
  { url, ca }: ConnectionsServer,
  inFlight: number,
  { postsPerSecond = UNPACED, runAhead = 0 } = {},
) {
  const sockets = gatewaySockets({ url, ca, region: 'us-east-1', credentials, inFlight, runAhead });
  const page = (ids: readonly string[]) =>
    sockets.post(FRAME, recipients(ids), {
      // At 7,000 a second, where the way itself is unpaced: the share that a fan-out has.
      deadline: performance.now() + 5000 + (ids.length / Math.min(postsPerSecond, 7000)) * 1000,
      postsPerSecond,
    });
  const post = async (ids: readonly string[], size = ids.length) => {
    const outcomes: PostOutcome[] = [];
    for (let from = 0; from < ids.length; from += size)
      outcomes.push(...(await page(ids.slice(from, from + size))));
    return outcomes;
  };
  return { post, inPages: (ids: readonly string[]) => post(ids, PAGE), release: () => sockets.release() };
}

/** The AWS SDK's client with as many sockets, called by as many workers. */
export function sdk({ url, ca }: ConnectionsServer, inFlight: number) {
  const sockets = sdkSockets({ url, inFlight, ...(ca === undefined ? {} : { ca }) });
  const post = (ids: readonly string[]) =>
    sockets.post(FRAME, recipients(ids), { deadline: performance.now() + 60_000, postsPerSecond: UNPACED });
  return { post, release: () => sockets.release() } satisfies Way;
}

/**
 * The pattern of AWS's own sample: all posts at once through a client as it comes, which has 50 sockets.
 * Source: https://github.com/aws-samples/simple-websockets-chat-app
 */
export function promiseAll({ url }: ConnectionsServer): Way {
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    // It would warn, rightly, that thousands wait for those 50.
    requestHandler: { socketAcquisitionWarningTimeout: 600_000 },
  });
  return {
    post: (ids) =>
      Promise.all(
        ids.map((ConnectionId) => client.send(new PostToConnectionCommand({ ConnectionId, Data: FRAME }))),
      ),
    release: () => client.destroy(),
  };
}

/** The least that Node can do: a keep-alive agent, one hash and one HMAC a request, no retry and no outcome. */
export function bareLoop({ url, ca }: ConnectionsServer, inFlight: number): Way {
  const { protocol, hostname, port } = new URL(url);
  const client = protocol === 'https:' ? https : http;
  const agent = new client.Agent({
    keepAlive: true,
    maxSockets: inFlight,
    maxFreeSockets: inFlight,
    ca,
  });
  const key = Buffer.alloc(32, 7);
  const body = Buffer.from(FRAME);
  const postOne = (id: string) =>
    new Promise<void>((resolve, reject) => {
      const path = `/prod/@connections/${encodeURIComponent(id)}`;
      const digest = createHmac('sha256', key)
        .update(hash('sha256', path, 'hex'))
        .digest('hex');
      const headers = {
        host: `${hostname}:${port}`,
        'x-amz-date': '20261120T120000Z',
        authorization: `AWS4-HMAC-SHA256 Credential=local/20261120/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=${digest}`,
        'content-length': body.length,
      };
      const request = client.request({ agent, hostname, port, method: 'POST', path, headers }, (response) => {
        response.resume();
        response.once('end', resolve);
      });
      request.once('error', reject);
      request.end(body);
    });
  return {
    post: (ids) => {
      let next = 0;
      const worker = async () => {
        for (let id = ids[next++]; id !== undefined; id = ids[next++]) await postOne(id);
      };
      return Promise.all(Array.from({ length: Math.min(inFlight, ids.length) }, worker));
    },
    release: () => agent.destroy(),
  };
}
