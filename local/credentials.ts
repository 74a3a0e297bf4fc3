import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { OPERATOR, ServiceError, type Caller } from './service';
import {
  accessKeyOf,
  canonicalRequest,
  parseAuthorization,
  parsePresignedQuery,
  signingKey,
  stringToSign,
  type SignatureScope,
  type SignedRequest,
} from './signature';

/** An access key with its secret, as an AWS SDK wants them. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Credentials {
  /** The access key of a principal, e.g. a role's ARN. The same each time, also after a restart. */
  issue(principal: string): AccessKey;
  /**
   * Who signed a request to the service with the signing name `service`, e.g. `execute-api`: the whole of Signature
   * Version 4 is checked, over the body too. Throws ServiceError, status 403, with the code and message of AWS.
   */
  verify(request: SignedRequest, body: Buffer, service: string): Caller;
  /**
   * Who a request says it is from, by its access key alone. Whoever holds no key that was issued here is the
   * machine's own user: an AWS SDK with the user's own profile, `curl`, a browser.
   */
  callerOf(request: SignedRequest): Caller;
}

/** The access key of whoever sits at this machine. */
export const OPERATOR_KEY: AccessKey = { accessKeyId: 'local', secretAccessKey: 'local' };

/** How far a signature's time may be off, as on AWS. */
const TOLERATED_SKEW_MS = 5 * 60_000;
const MAX_CACHED_KEYS = 1_000;

/**
 * The access keys of one running process. They protect nothing from the machine's own user; they tell callers apart.
 * @param now the runtime's clock, in ms. Functions sign with it, everybody else with the real time: either will do.
 */
export function createCredentials({ now = Date.now }: { now?: () => number } = {}): Credentials {
  const holders = new Map<string, { secret: string; caller: Caller }>([
    [OPERATOR_KEY.accessKeyId, { secret: OPERATOR_KEY.secretAccessKey, caller: OPERATOR }],
  ]);
  const signingKeys = new Map<string, Buffer>();

  const keyFor = (accessKeyId: string, secret: string, date: string, region: string, service: string) => {
    const name = `${accessKeyId}/${date}/${region}/${service}`;
    const cached = signingKeys.get(name);
    if (cached !== undefined) return cached;
    if (signingKeys.size >= MAX_CACHED_KEYS) signingKeys.clear();
    const key = signingKey(secret, date, region, service);
    signingKeys.set(name, key);
    return key;
  };

  return {
    issue(principal) {
      const accessKeyId = `AKIA${digest('id', principal).toString('hex').toUpperCase().slice(0, 16)}`;
      const secretAccessKey = digest('secret', principal).toString('base64url').slice(0, 40);
      holders.set(accessKeyId, { secret: secretAccessKey, caller: { principal } });
      return { accessKeyId, secretAccessKey };
    },

    verify(request, body, service) {
      const { signed, time, lifetimeMs, url } = presentedSignature(request);
      const holder = holders.get(signed.accessKeyId);
      if (holder === undefined) {
        throw new ServiceError(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
          403,
        );
      }
      if (signed.service !== service || !time.startsWith(signed.date)) {
        const scope = `${signed.date}/${signed.region}/${signed.service}`;
        throw invalidSignature(
          `Credential should be scoped to ${time.slice(0, 8)} and ${service}, not ${scope}.`,
        );
      }
      if (!isValidAt(time, lifetimeMs, [now(), Date.now()]))
        throw invalidSignature(`Signature expired: ${time}`);
      if (!signed.signedHeaders.includes('host')) throw invalidSignature(`'Host' must be a signed header.`);

      const key = keyFor(signed.accessKeyId, holder.secret, signed.date, signed.region, service);
      const text = stringToSign(
        time,
        signed,
        canonicalRequest(
          { method: request.method, url, headers: request.headers },
          signed.signedHeaders,
          body,
        ),
      );
      const expected = createHmac('sha256', key).update(text).digest();
      if (!timingSafeEqual(expected, signed.signature)) {
        throw invalidSignature(
          'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
        );
      }
      return holder.caller;
    },

    callerOf(request) {
      return holders.get(accessKeyOf(request.headers.authorization ?? '') ?? '')?.caller ?? OPERATOR;
    },
  };
}

function digest(purpose: string, principal: string): Buffer {
  return createHash('sha256').update(`parley local ${purpose} ${principal}`).digest();
}

function invalidSignature(message: string): ServiceError {
  return new ServiceError('InvalidSignatureException', message, 403);
}

function header(request: SignedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** What a request says in favour of itself, in a header or in its query. */
function presentedSignature(request: SignedRequest): {
  readonly signed: SignatureScope;
  readonly time: string;
  /** Of a presigned address, from its time on. */
  readonly lifetimeMs: number;
  /** What was signed. */
  readonly url: string | undefined;
} {
  const { authorization } = request.headers;
  const presigned = authorization === undefined ? parsePresignedQuery(request.url ?? '') : undefined;
  if (presigned !== undefined) {
    const { scope, time, expiresSeconds, signedUrl } = presigned;
    return { signed: scope, time, lifetimeMs: expiresSeconds * 1000, url: signedUrl };
  }
  if (authorization === undefined)
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  const signed = parseAuthorization(authorization);
  const time = header(request, 'x-amz-date');
  if (signed === undefined || time === undefined)
    throw new ServiceError(
      'IncompleteSignatureException',
      'A SigV4 Authorization header with Credential, SignedHeaders and Signature and an X-Amz-Date are required.',
      403,
    );
  return { signed, time, lifetimeMs: TOLERATED_SKEW_MS, url: request.url };
}

/** @param time as in X-Amz-Date: `20201121T203908Z` */
function isValidAt(time: string, lifetimeMs: number, clocks: readonly number[]): boolean {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  if (match === null) return false;
  const [, year, month, day, hour, minute, second] = match;
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return clocks.some((clock) => clock >= signedAt - TOLERATED_SKEW_MS && clock <= signedAt + lifetimeMs);
}
