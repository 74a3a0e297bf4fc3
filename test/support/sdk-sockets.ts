import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { PostOutcome, Recipient, Sockets } from '../../handlers/chat/ports';

export interface SdkSocketsOptions {
  readonly url: string;
  readonly inFlight: number;
  readonly ca?: string;
}

/**
 * The port on the AWS SDK's client as it comes, with its own retries (three attempts, out of a budget that all posts
 * share): what a post costs and loses without the poster. Region and credentials are those of the environment.
 */
export function sdkSockets({ url, inFlight, ca }: SdkSocketsOptions): Sockets & { release(): void } {
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    requestHandler: {
      connectionTimeout: 1000,
      requestTimeout: 3000,
      httpsAgent: { maxSockets: inFlight, ca },
      httpAgent: { maxSockets: inFlight },
    },
  });

  async function postOne(
    Data: Uint8Array,
    { connectionId }: Recipient,
    deadline: number,
  ): Promise<PostOutcome> {
    const abort = new AbortController();
    const timeout = setTimeout(() => abort.abort(), deadline - performance.now());
    try {
      const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data });
      await client.send(command, { abortSignal: abort.signal });
      return { outcome: 'posted' };
    } catch (error) {
      return error instanceof GoneException
        ? { outcome: 'gone' }
        : { outcome: 'failed', reason: reasonOf(error) };
    } finally {
      clearTimeout(timeout);
    }
  }

  return {
    async post(frame, recipients, { deadline }) {
      const data = Buffer.from(frame);
      const outcomes: PostOutcome[] = [];
      let next = 0;
      const worker = async () => {
        for (let index = next++; index < recipients.length; index = next++)
          outcomes[index] = await postOne(data, recipients[index]!, deadline);
      };
      await Promise.all(Array.from({ length: Math.min(inFlight, recipients.length) }, worker));
      return outcomes;
    },

    async close(connectionId) {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
      } catch (error) {
        if (!(error instanceof GoneException)) throw error;
      }
    },

    release: () => client.destroy(),
  };
}

function reasonOf(error: unknown): string {
  const { $metadata, code, name } = error as {
    $metadata?: { httpStatusCode?: number };
    code?: string;
    name: string;
  };
  return $metadata?.httpStatusCode === undefined ? (code ?? name) : `status_${$metadata.httpStatusCode}`;
}
