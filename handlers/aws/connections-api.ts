import * as http from 'node:http';
import * as https from 'node:https';
import * as z from 'zod/mini';
import type { Answer } from './poster';
import { RequestSigner, signedBody, type SignedBody, type SigningCredentials } from './signature';

/** A request that has no answer by then is given up and its socket destroyed, in milliseconds. */
const REQUEST_TIMEOUT = 3000;

export interface ConnectionsApiOptions {
  /** The stage's callback address, e.g. `https://abc.execute-api.eu-west-1.amazonaws.com/prod`; locally it is http. */
  readonly url: string;
  readonly region: string;
  /** Asked once a page; renews what expires. */
  readonly credentials: () => Promise<SigningCredentials>;
  /** Requests at a time, each on a socket of its own. */
  readonly inFlight: number;
  /** The certificate of a gateway that no public authority vouches for, as PEM. */
  readonly ca?: string | undefined;
}

const view = z.object({
  /** ISO 8601, as are all its times. */
  connectedAt: z.string(),
  lastActiveAt: z.string(),
  identity: z.object({ sourceIp: z.string(), userAgent: z.optional(z.string()) }),
});
/** What API Gateway itself knows of an open connection. */
export type ConnectionView = z.infer<typeof view>;

/**
 * The `@connections` API of a WebSocket stage over sockets that are kept open. A post takes about a seventh of the
 * processor time that the AWS SDK's client needs. As that does, a request in Lambda names the trace that it is part of;
 * like the SDK's it is not signed.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export class ConnectionsApi {
  readonly #options: ConnectionsApiOptions;
  readonly #client: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #to: http.RequestOptions;
  #signer: { readonly for: SigningCredentials; readonly signer: RequestSigner } | undefined;

  constructor(options: ConnectionsApiOptions) {
    this.#options = options;
    const { url, inFlight, ca } = options;
    const { protocol, hostname, port } = new URL(url);
    const sockets = { keepAlive: true, maxSockets: inFlight, maxFreeSockets: inFlight };
    this.#client = protocol === 'http:' ? http : https;
    this.#agent = protocol === 'http:' ? new http.Agent(sockets) : new https.Agent({ ...sockets, ca });
    // All sockets are alike here. The agent would spell out every option of TLS, twice a request, to find that out.
    this.#agent.getName = () => url;
    this.#to = { agent: this.#agent, hostname, port };
  }

  /** Ready to sign. Throws where there are no credentials. */
  async signer(): Promise<RequestSigner> {
    const credentials = await this.#options.credentials();
    // The provider gives the same object until it renews it.
    if (this.#signer?.for !== credentials) {
      this.#signer = {
        for: credentials,
        signer: new RequestSigner(credentials, this.#options),
      };
    }
    return this.#signer.signer;
  }

  /** Sends one text frame to one connection. Never rejects. */
  post(signer: RequestSigner, connectionId: string, frame: SignedBody, deadline: number): Promise<Answer> {
    return this.#request('POST', signer, connectionId, frame, deadline);
  }

  /** Closes one connection. Never rejects. */
  delete(signer: RequestSigner, connectionId: string, deadline: number): Promise<Answer> {
    return this.#request('DELETE', signer, connectionId, NOTHING, deadline);
  }

  /**
   * Asks about one connection; undefined where it is gone.
   * @throws Error where there is no answer, or another than that
   */
  async get(
    signer: RequestSigner,
    connectionId: string,
    deadline: number,
  ): Promise<ConnectionView | undefined> {
    let text = '';
    const keep = (response: http.IncomingMessage) => {
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    };
    const answer = await this.#request('GET', signer, connectionId, NOTHING, deadline, keep);
    if ('lost' in answer) throw new Error(`There was no answer about the connection: ${answer.lost}`);
    if (answer.status === 410) return undefined;
    if (answer.status !== 200) throw new Error(`Asking about the connection was answered ${answer.status}`);
    return view.parse(JSON.parse(text));
  }

  /** Lets go of the sockets that are kept open. */
  close(): void {
    this.#agent.destroy();
  }

  #request(
    method: string,
    signer: RequestSigner,
    connectionId: string,
    body: SignedBody,
    deadline: number,
    read: (response: http.IncomingMessage) => void = discard,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const { path, headers } = signer.sign(method, connectionId, body, Date.now());
      headers['content-length'] = String(body.bytes.length);
      const trace = process.env._X_AMZN_TRACE_ID;
      if (trace !== undefined) headers['x-amzn-trace-id'] = trace;
      const request = this.#client.request({ ...this.#to, method, path, headers });
      let answer: Answer | undefined;
      const timeout = setTimeout(
        () => {
          answer ??= { lost: 'timeout' };
          request.destroy();
        },
        Math.min(REQUEST_TIMEOUT, deadline - performance.now()),
      );
      request.on('response', (response) => {
        answer = { status: response.statusCode ?? 0 };
        read(response);
      });
      request.on('error', (error) => {
        answer ??= { lost: codeOf(error) };
      });
      // Comes last, whatever happened.
      request.on('close', () => {
        clearTimeout(timeout);
        resolve(answer ?? { lost: 'no_answer' });
      });
      request.end(body.bytes);
    });
  }
}

const NOTHING = signedBody('');

function discard(response: http.IncomingMessage): void {
  response.resume();
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
