import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../credentials';
import type { JsonObject } from '../json/json';
import type { ServiceCalls } from '../service';
import type { Outcome } from './access-log';
import { authorize } from './authorizer';
import { connectEvent, stageArn, withAuthorizer, withIdentity, type Peer } from './events';
import { invokeIntegration, platformMessage } from './integration';
import { signedIdentity } from './signed-connect';

/** Whether a connection may open. A refusal's status is what the client's handshake is answered with. */
export type Admission =
  | { readonly admitted: true; readonly subprotocol?: string; readonly outcome: Outcome }
  | { readonly admitted: false; readonly outcome: Outcome };

/**
 * Runs what stands before an open connection: the authorizer, or the check of the signature, and the integration of
 * `$connect`, all awaited.
 * A status other than 2xx refuses with that status, and so do the platform's own: 401 and 403 of the authorizer, 403
 * for a signature, 502 for
 * a function that fails or answers malformed, 504 for one that takes too long, 500 where Lambda refuses the call.
 * Without a `$connect` route everybody may connect. Sets `peer.authorizer`.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 */
export async function admit(
  services: ServiceCalls,
  credentials: Credentials,
  request: IncomingMessage,
  peer: Peer,
  context: JsonObject,
): Promise<Admission> {
  const route = peer.stage.api.routes.get('$connect');
  if (route === undefined) return { admitted: true, outcome: { status: 200 } };

  if (route.authorizer !== undefined) {
    const authorization = await authorize(services, route.authorizer, request, peer, context);
    if ('status' in authorization) return refusal(authorization.status, authorization.error);
    peer.authorizer = authorization.authorizer;
  }

  let identified = context;
  if (route.signed === true) {
    const signed = signedIdentity(services, credentials, request, peer);
    if ('error' in signed) return refusal(403, signed.error);
    identified = withIdentity(context, signed.identity);
  }

  const started = performance.now();
  const event = connectEvent(withAuthorizer(identified, peer), request, peer);
  const answer = await invokeIntegration(
    services,
    route.integration,
    event,
    stageArn(peer.stage, '$connect'),
  );
  const latencyMs = performance.now() - started;
  if (!('statusCode' in answer)) return refusal(answer.status, answer.error, latencyMs);

  const status = answer.statusCode;
  const outcome = { status, integration: { status, latencyMs } };
  if (status < 200 || status > 299) return { admitted: false, outcome };
  const subprotocol = Object.entries(answer.headers).find(([name]) =>
    /^sec-websocket-protocol$/i.test(name),
  )?.[1];
  return { admitted: true, outcome, ...(subprotocol === undefined ? {} : { subprotocol }) };
}

function refusal(status: number, error: string, latencyMs?: number): Admission {
  const message = platformMessage(status);
  const integration = latencyMs === undefined ? undefined : { status, error, latencyMs };
  return { admitted: false, outcome: { status, message, ...(integration ? { integration } : {}) } };
}
