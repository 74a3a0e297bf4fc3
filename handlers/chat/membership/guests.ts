import { ClientError } from '../errors';
import { guestId, newId } from '../ids';

/** The subprotocol that the server speaks; a client that offers others beside it is answered with it. */
export const PROTOCOL = 'parley.v1';
export const SECRET_PREFIX = 'guest.';

/** How long what is stored of a guest who keeps an identity outlasts their last connection, in milliseconds. */
export const KEPT_GUEST = 30 * 24 * 60 * 60 * 1000;

export interface Guest {
  readonly userId: string;
  /** Whether the same person can come back, because they have a secret. */
  readonly kept: boolean;
  /** The offered subprotocol to accept; absent where none was offered that is known here. */
  readonly subprotocol?: string;
}

/**
 * Who a guest is, by the subprotocols that their client offers: `guest.<secret>` with 8 to 128 of `A-Za-z0-9-._~`
 * is the person with that secret, everybody else somebody new. The secret is hashed and stored nowhere.
 * @param offered the header Sec-WebSocket-Protocol
 * @throws ClientError `bad_request` for a secret of another form
 */
export function guestOf(offered: string | undefined): Guest {
  const protocols = protocolsOf(offered);
  const secret = protocols.find((one) => one.startsWith(SECRET_PREFIX))?.slice(SECRET_PREFIX.length);
  if (secret !== undefined && !/^[A-Za-z0-9._~-]{8,128}$/.test(secret)) {
    throw new ClientError('bad_request', 'A guest secret has 8 to 128 letters, digits, or - . _ ~.');
  }
  const known = acceptedProtocol(offered) ?? (secret && SECRET_PREFIX + secret);
  return {
    userId: secret === undefined ? newId('g') : guestId(secret),
    kept: secret !== undefined,
    ...(known === undefined ? {} : { subprotocol: known }),
  };
}

/**
 * The subprotocol to accept of those offered, undefined where ours is not among them. A client that offers some hangs up
 * unless one of them is accepted (RFC 6455, section 4.1).
 */
export function acceptedProtocol(offered: string | undefined): string | undefined {
  return protocolsOf(offered).find((one) => one === PROTOCOL);
}

function protocolsOf(offered: string | undefined): string[] {
  return (offered ?? '').split(',').map((one) => one.trim());
}
