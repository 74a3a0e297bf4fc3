import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { PostOutcome, Recipient, Sockets } from '../chat/ports';
import { CALLBACK_URL_VARIABLE } from '../wiring';
import { environment } from './environment';

/** Posts that one worker has under way at a time; also the number of its sockets to the gateway. */
const IN_FLIGHT = 100;
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2000;

let client: ApiGatewayManagementApiClient | undefined;

/** The management API of the WebSocket API. Retries are ours (a deadline, not a count), so the SDK's are off. */
export function createSockets(): Sockets {
  client ??= new ApiGatewayManagementApiClient({
    endpoint: environment(CALLBACK_URL_VARIABLE),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 1000,
      requestTimeout: 3000,
      httpsAgent: { maxSockets: IN_FLIGHT },
      httpAgent: { maxSockets: IN_FLIGHT },
    },
  });
  const gateway = client;

  async function postOne(
    data: Uint8Array,
    { connectionId }: Recipient,
    deadline: number,
  ): Promise<PostOutcome> {
    for (let retry = 0; ; retry += 1) {
      try {
        await gateway.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }));
        return { outcome: 'posted' };
      } catch (error) {
        if (error instanceof GoneException) return { outcome: 'gone' };
        const reason = reasonOf(error);
        // Full jitter: all workers meet the same throttle, and must not come back together.
        const pause = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** retry);
        if (!isTemporary(error) || performance.now() + pause > deadline) return { outcome: 'failed', reason };
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  return {
    async post(frame, recipients, { deadline }) {
      const data = Buffer.from(frame);
      const outcomes: PostOutcome[] = [];
      let next = 0;
      const worker = async () => {
        for (let index = next++; index < recipients.length; index = next++) {
          const recipient = recipients[index];
          if (recipient !== undefined) outcomes[index] = await postOne(data, recipient, deadline);
        }
      };
      await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, recipients.length) }, worker));
      return outcomes;
    },

    async close(connectionId) {
      try {
        await gateway.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
      } catch (error) {
        if (!(error instanceof GoneException)) throw error;
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** No status means that no answer came: a reset, a timeout. */
function isTemporary(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 429 || status >= 500;
}

/** A short word for the ledger: `status_429`, or the error's code such as `ECONNRESET`. */
function reasonOf(error: unknown): string {
  const status = statusOf(error);
  if (status !== undefined) return `status_${status}`;
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return 'unknown';
}
