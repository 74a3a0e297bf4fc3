import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import type { Answer } from './poster';
import { RequestSigner, type Signed, type SigningCredentials, type Unsigned } from './signature';

export interface SigningClientOptions extends Omit<Signed, 'host'> {
  /** Where the service answers; locally it is http. Its path is not looked at. */
  readonly url: string;
  /** Asked once a call; renews what expires. */
  readonly credentials: () => Promise<SigningCredentials>;
  /** Requests at a time, each on a socket of its own. */
  readonly inFlight: number;
  /** The certificate of a gateway that no public authority vouches for, as PEM. */
  readonly ca?: string | undefined;
}

/** A request about to be signed and sent, and until when it is waited for, on the clock of `performance.now()`. */
export interface Outgoing extends Unsigned {
  /** As it is sent. */
  readonly path: string;
  readonly deadline: number;
}

/**
 * Signed requests to one AWS service over sockets that are kept open. As the AWS SDK's client does, a request in Lambda
 * names the trace that it is part of; like the SDK's it is not signed.
 */
export class SigningClient {
  readonly #options: SigningClientOptions;
  readonly #signed: Signed;
  readonly #http: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #to: https.RequestOptions;
  #signer: { readonly for: SigningCredentials; readonly signer: RequestSigner } | undefined;

  constructor(options: SigningClientOptions) {
    this.#options = options;
    const { url, inFlight, ca } = options;
    const { protocol, host, hostname, port } = new URL(url);
    this.#signed = { ...options, host };
    const sockets = { keepAlive: true, maxSockets: inFlight, maxFreeSockets: inFlight };
    this.#http = protocol === 'http:' ? http : https;
    this.#agent = protocol === 'http:' ? new http.Agent(sockets) : new https.Agent({ ...sockets, ca });
    // All sockets are alike here. The agent would spell out every option of TLS, twice a request, to find that out.
    this.#agent.getName = () => url;
    // Said once, because it would find it out for each request: an address has no name to show a certificate for.
    const servername = isIP(hostname) === 0 ? hostname : '';
    this.#to = { agent: this.#agent, hostname, port, servername };
  }

  /** Ready to sign. Throws where there are no credentials. */
  async signer(): Promise<RequestSigner> {
    const credentials = await this.#options.credentials();
    // The provider gives the same object until it renews it.
    if (this.#signer?.for !== credentials) {
      this.#signer = { for: credentials, signer: new RequestSigner(credentials, this.#signed) };
    }
    return this.#signer.signer;
  }

  /**
   * Sends one request. Never rejects.
   * @param read takes the answer's body; without it nobody does
   */
  send(
    signer: RequestSigner,
    outgoing: Outgoing,
    read: (response: http.IncomingMessage) => void = discard,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const { method, path, body, deadline } = outgoing;
      const headers = signer.sign(outgoing, Date.now());
      headers.push('content-length', String(body.bytes.length));
      const trace = process.env._X_AMZN_TRACE_ID;
      if (trace !== undefined) headers.push('x-amzn-trace-id', trace);
      const request = this.#http.request({ ...this.#to, method, path, headers });
      let answer: Answer | undefined;
      const timeout = setTimeout(() => {
        answer ??= { lost: 'timeout' };
        request.destroy();
      }, deadline - performance.now());
      request.on('response', (response) => {
        answer = { status: response.statusCode ?? 0 };
        read(response);
      });
      let isReset = false;
      request.on('error', (error) => {
        const lost = codeOf(error);
        isReset = answer === undefined && RESETS.includes(lost);
        answer ??= { lost };
      });
      // Comes last, whatever happened.
      request.on('close', () => {
        clearTimeout(timeout);
        // The other side had closed a socket that was kept open, which Lambda, thawed after a while, may only see when
        // it writes to it. The agent has dropped that one, so there are no more of these than sockets.
        // https://nodejs.org/api/http.html#requestreusedsocket
        const wasStale = isReset && request.reusedSocket && performance.now() < deadline;
        resolve(wasStale ? this.send(signer, outgoing, read) : (answer ?? { lost: 'no_answer' }));
      });
      request.end(body.bytes);
    });
  }

  /** Lets go of the sockets that are kept open. */
  close(): void {
    this.#agent.destroy();
  }
}

const RESETS = ['ECONNRESET', 'EPIPE'];

function discard(response: http.IncomingMessage): void {
  response.resume();
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
