import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../credentials';
import type { JsonObject } from '../json/json';
import { OPERATOR, ServiceError, type Caller, type ServiceCalls } from '../service';
import { ACCOUNT } from '../template/resource-model';
import type { Peer } from './events';

const SIGNING_NAME = 'execute-api';
const NOTHING = Buffer.alloc(0);

/**
 * Whether a handshake is signed by somebody who may invoke `$connect`, in a header or in the query of a presigned address.
 * @returns what functions see in `requestContext.identity`, or why the handshake is refused with 403
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
 */
export function signedIdentity(
  services: ServiceCalls,
  credentials: Credentials,
  request: IncomingMessage,
  { stage }: Peer,
): { readonly identity: JsonObject } | { readonly error: string } {
  try {
    const caller = credentials.verify(request, NOTHING, SIGNING_NAME);
    const target = { apiId: stage.api.id, stage: stage.name, routeKey: '$connect' };
    services.authorize(SIGNING_NAME, 'Invoke', target, caller);
    return { identity: identityOf(caller) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { error: error.message };
  }
}

/** The machine's own user is the account itself; whoever has a role's key has assumed that role. */
function identityOf({ principal }: Caller): JsonObject {
  if (principal === OPERATOR.principal)
    return {
      accountId: ACCOUNT,
      caller: ACCOUNT,
      user: ACCOUNT,
      userArn: `arn:aws:iam::${ACCOUNT}:root`,
    };
  const role = principal.split('/').pop() ?? principal;
  const caller = `AROA${role.toUpperCase().replace(/[^A-Z0-9]/g, '')}:local`;
  return {
    accountId: ACCOUNT,
    caller,
    user: caller,
    userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/local`,
  };
}
