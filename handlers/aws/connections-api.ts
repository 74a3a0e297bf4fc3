import type { IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import type { Answer } from './poster';
import { percentEncoded, signedBody, type RequestSigner, type SignedBody } from './signature';
import { SigningClient, type SigningClientOptions } from './signing-client';

/** A request that has no answer by then is given up and its socket destroyed, in milliseconds. */
const REQUEST_TIMEOUT = 3000;

/** `url` is the stage's callback address, e.g. `https://abc.execute-api.eu-west-1.amazonaws.com/prod`. */
export type ConnectionsApiOptions = Omit<SigningClientOptions, 'service' | 'contentType'>;

const view = z.object({
  /** ISO 8601, as are all its times. */
  connectedAt: z.string(),
  lastActiveAt: z.string(),
  identity: z.object({ sourceIp: z.string(), userAgent: z.optional(z.string()) }),
});
/** What API Gateway itself knows of an open connection. */
export type ConnectionView = z.infer<typeof view>;

/**
 * The `@connections` API of a WebSocket stage. A post takes about a seventh of the processor time that the AWS SDK's
 * client needs.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export class ConnectionsApi {
  readonly #client: SigningClient;
  readonly #paths: ConnectionPaths;

  constructor(options: ConnectionsApiOptions) {
    this.#client = new SigningClient({ ...options, service: 'execute-api' });
    this.#paths = new ConnectionPaths(options.url);
  }

  /** Ready to sign. Throws where there are no credentials. */
  signer(): Promise<RequestSigner> {
    return this.#client.signer();
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
    const keep = (response: IncomingMessage) => {
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
    this.#client.close();
  }

  #request(
    method: string,
    signer: RequestSigner,
    connectionId: string,
    body: SignedBody,
    deadline: number,
    read?: (response: IncomingMessage) => void,
  ): Promise<Answer> {
    const { path, canonicalPath } = this.#paths.of(connectionId);
    const until = Math.min(deadline, performance.now() + REQUEST_TIMEOUT);
    return this.#client.send(signer, { method, path, canonicalPath, body, deadline: until }, read);
  }
}

const NOTHING = signedBody('');

/** The paths of a stage's connections, as they are sent and as they are signed: `abc=` is `abc%3D` and `abc%253D`. */
export class ConnectionPaths {
  readonly #path: string;
  readonly #canonicalPath: string;

  /** @param url the stage's callback address */
  constructor(url: string) {
    this.#path = `${new URL(url).pathname.replace(/\/$/, '')}/@connections/`;
    this.#canonicalPath = percentEncoded(this.#path).replaceAll('%2F', '/');
  }

  of(connectionId: string): { readonly path: string; readonly canonicalPath: string } {
    const id = percentEncoded(connectionId);
    return { path: this.#path + id, canonicalPath: this.#canonicalPath + id.replaceAll('%', '%25') };
  }
}
