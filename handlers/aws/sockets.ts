import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Sockets } from '../chat/ports';
import { CALLBACK_URL_VARIABLE } from '../wiring/environment';
import { ConnectionsApi, type ConnectionsApiOptions } from './connections-api';
import { environment } from './environment';
import { Gate, type PostingClock } from './gate';
import { Poster, type Send } from './poster';
import { signedBody } from './signature';

/**
 * Posts that one worker has under way at a time. At 30 ms a post they are 6,667 a second, about the share that a
 * room's only worker is given.
 */
export const IN_FLIGHT = 200;
/**
 * How far a worker may run ahead of its pace, in milliseconds of it: its part of the account's burst, and what it
 * makes up for after the pause between two pages or parts. Workers that share 7,000 a second have 5,000 together,
 * the bucket that API Gateway gives an account (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
 */
export const RUN_AHEAD = (5000 / 7000) * 1000;
/** How long closing one socket may be tried, in milliseconds. */
const CLOSE_BUDGET = 5000;

const realTime: PostingClock = {
  now: () => performance.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
};

let shared: Sockets | undefined;

/** The sockets of this function's WebSocket API. One client a process: its sockets and its pace last from call to call. */
export function createSockets(): Sockets {
  shared ??= gatewaySockets({
    url: environment(CALLBACK_URL_VARIABLE),
    region: environment('AWS_REGION'),
    // In a bundle this is lambda-credentials.ts, elsewhere the SDK's chain.
    credentials: defaultProvider(),
    inFlight: IN_FLIGHT,
    runAhead: RUN_AHEAD,
  });
  return shared;
}

/** The sockets behind any `@connections` address, and `release`, which closes the HTTP connections to it. */
export function gatewaySockets(
  options: ConnectionsApiOptions & { readonly runAhead?: number },
): Sockets & { release(): void } {
  const api = new ConnectionsApi(options);
  const poster = new Poster(new Gate(options.inFlight, realTime, options.runAhead), realTime);

  return {
    async post(frame, recipients, limits) {
      const [signer, body] = [await api.signer(), signedBody(frame)];
      const send: Send = (connectionId, deadline) => api.post(signer, connectionId, body, deadline);
      return poster.post(send, recipients, limits);
    },

    async close(connectionId) {
      const signer = await api.signer();
      const limits = { deadline: performance.now() + CLOSE_BUDGET, postsPerSecond: Infinity };
      const send: Send = (id, deadline) => api.delete(signer, id, deadline);
      const [outcome] = await poster.post(send, [{ connectionId }], limits);
      if (outcome?.outcome === 'failed')
        throw new Error(`A connection could not be closed: ${outcome.reason}`);
    },

    release: () => api.close(),
  };
}
