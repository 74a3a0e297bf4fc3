import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Meter } from '../billing/meter';
import type { Clock } from '../clock';
import type { Credentials } from '../credentials';
import type { Faults } from '../faults/faults';
import type { JsonObject } from '../json/json';
import type { Services } from '../service';
import { newTrace } from '../trace';
import { accessLogLine, outcomeVariables, type Outcome } from './access-log';
import { Connection, type Ending } from './connection';
import { Definitions, type Route } from './definitions';
import { disconnectEvent, messageEvent, requestContext, withAuthorizer, type Peer } from './events';
import { admit } from './handshake';
import { randomId } from './ids';
import { AWS_LIMITS, type GatewayLimits } from './limits';
import { platformMessage } from './integration';
import { isManagementRequest, serveManagement, type ManagementParts } from './management-api';
import { routeOf, runRoute, type MessageResult } from './messages';
import { StageThrottles } from './stage-throttles';
import { TokenBucket } from './token-bucket';
import { handshakeProblem, refuseUpgrade, stageOf } from './upgrade';

/** How long a client may take to answer a closing handshake before it is cut off. Real time. */
const CLIENT_CLOSE_MS = 5_000;
/** How long `close` waits for clients to answer the closing handshake, and then for `$disconnect`. Real time. */
const CLOSE_HANDSHAKE_MS = 1_000;
const CLOSE_DISCONNECTS_MS = 4_000;

export interface GatewayOptions {
  readonly services: Services;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly credentials: Credentials;
  /** Takes the lines of access logs: log group, log stream, line, trace header. */
  readonly log?: (group: string, stream: string, line: string, trace?: string) => void;
  /** Takes what a developer has to see at once, beside the access log: a function's reply that no frame holds. */
  readonly report?: (error: Error) => void;
  readonly meter?: Meter;
  readonly limits?: Partial<GatewayLimits>;
}

/** An open connection, as /health, the console and tests see it. Times in ms since the epoch. */
export interface ConnectionView {
  readonly connectionId: string;
  readonly stage: string;
  readonly connectedAt: number;
  readonly lastActiveAt: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
  readonly unreadBytes: number;
}

/**
 * The WebSocket APIs of the template: `ws://…/<stage>` for clients, `/<stage>/@connections/<id>` for who posts to them.
 * Messages of one connection run concurrently and are answered in any order, as on AWS.
 */
export class Gateway {
  readonly definitions = new Definitions();
  readonly #options: GatewayOptions;
  readonly #limits: GatewayLimits;
  readonly #account: TokenBucket;
  readonly #throttles: StageThrottles;
  readonly #open = new Map<string, Connection>();
  /** No longer open, but with the end of their socket and a `$disconnect` before them. */
  readonly #closingConnections = new Set<Connection>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #webSockets: WebSocketServer;
  readonly #management: ManagementParts;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#limits = { ...AWS_LIMITS, ...options.limits };
    this.#account = new TokenBucket(
      options.clock,
      this.#limits.accountRatePerSecond,
      this.#limits.accountBurst,
    );
    this.#throttles = new StageThrottles(options.clock);
    this.#management = {
      ...options,
      limits: this.#limits,
      account: this.#account,
      stage: (name) => this.definitions.stage(name),
      find: (stage, connectionId) => {
        const connection = this.#open.get(connectionId);
        return connection?.peer.stage.name === stage ? connection : undefined;
      },
    };
    const settings = {
      noServer: true,
      clientTracking: false,
      maxPayload: this.#limits.messageBytes,
      // In ws since 8.19 but not in its types, which is why this is not written into the call.
      closeTimeout: CLIENT_CLOSE_MS,
      handleProtocols: (_offered: Set<string>, request: IncomingMessage) =>
        this.#subprotocols.get(request) ?? false,
    } as const;
    this.#webSockets = new WebSocketServer(settings);
  }

  /** Takes all upgrades of a server; a path that names no stage is refused with 403. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.on('error', () => stream.destroy());
      this.#track(this.#upgrade(request, stream, head));
    });
  }

  /** Answers a request of the management API and returns true, or returns false: not the gateway's. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    if (!isManagementRequest(request.url)) return false;
    this.#track(serveManagement(this.#management, request, response));
    return true;
  }

  /** The open connections, oldest first. */
  connections(): ConnectionView[] {
    return [...this.#open.values()].map(({ peer, lastActiveAt, unreadBytes }) => ({
      connectionId: peer.connectionId,
      stage: peer.stage.name,
      connectedAt: peer.connectedAt,
      lastActiveAt,
      sourceIp: peer.sourceIp,
      ...(peer.userAgent === undefined ? {} : { userAgent: peer.userAgent }),
      unreadBytes,
    }));
  }

  /** Resolves once no function that the gateway called, no post and no closing connection is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /**
   * Closes all connections with 1001 and waits, at most about 5 s, for their `$disconnect`. New ones are refused
   * with 503 from here on.
   */
  async close(): Promise<void> {
    this.#closing = true;
    for (const connection of this.#open.values()) connection.close(1001, 'Going away');
    const cutOff = setTimeout(() => {
      for (const connection of this.#closingConnections) connection.terminate();
    }, CLOSE_HANDSHAKE_MS);
    let giveUp: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      giveUp = setTimeout(resolve, CLOSE_HANDSHAKE_MS + CLOSE_DISCONNECTS_MS);
    });
    await Promise.race([this.idle(), patience]);
    clearTimeout(cutOff);
    clearTimeout(giveUp);
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const problem = handshakeProblem(request);
    if (problem !== undefined) return refuseUpgrade(stream, 400, { message: problem });
    const stage = this.definitions.stage(stageOf(request.url));
    if (stage === undefined) return refuseUpgrade(stream, 403, { message: 'Forbidden' });
    if (this.#closing) return refuseUpgrade(stream, 503, { message: 'Service Unavailable' });
    if (!this.#account.take() || !this.#throttles.take(stage, '$connect')) {
      return refuseUpgrade(stream, 429, { message: 'Too Many Requests' });
    }

    const userAgent = request.headers['user-agent'];
    const peer: Peer = {
      connectionId: randomId(),
      stage,
      connectedAt: this.#options.clock.now(),
      sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      ...(userAgent === undefined ? {} : { userAgent }),
      host: request.headers.host ?? '',
    };
    const context = requestContext(peer, '$connect', peer.connectedAt, { eventType: 'CONNECT' });
    const trace = newTrace(peer.connectedAt);
    const admission = await admit(
      this.#options.services.traced(trace),
      this.#options.credentials,
      request,
      peer,
      context,
    );
    this.#logAccess(peer, withAuthorizer(context, peer), admission.outcome, trace);

    if (!admission.admitted) {
      const { status, message } = admission.outcome;
      return refuseUpgrade(
        stream,
        status,
        message === undefined ? undefined : platformError(message, context),
      );
    }
    // Whoever left while $connect ran was let in all the same, so somebody must hear that it is gone.
    if (stream.destroyed || !stream.writable) return this.#disconnect(peer, { code: 1006, reason: 'Gone' });
    if (this.#closing) {
      refuseUpgrade(stream, 503, { message: 'Service Unavailable' });
      return this.#disconnect(peer, { code: 1001, reason: 'Going away' });
    }
    if (admission.subprotocol !== undefined) this.#subprotocols.set(request, admission.subprotocol);
    this.#webSockets.handleUpgrade(request, stream, head, (socket) => this.#connected(peer, socket, stream));
  }

  #connected(peer: Peer, socket: WebSocket, stream: Duplex): void {
    let gone: () => void = () => undefined;
    const connection = new Connection(peer, socket, stream, this.#options.clock, this.#limits, {
      message: (text) => this.#track(this.#message(connection, text)),
      closing: () => {
        this.#options.meter?.connectionClosed(peer.connectionId);
        this.#open.delete(peer.connectionId);
        this.#closingConnections.add(connection);
        this.#track(new Promise((resolve) => (gone = resolve)));
      },
      closed: (ending) => {
        this.#track(this.#disconnect(peer, ending));
        this.#closingConnections.delete(connection);
        gone();
      },
    });
    this.#open.set(peer.connectionId, connection);
    this.#options.meter?.connectionOpened(peer.connectionId);
  }

  async #message(connection: Connection, text: string): Promise<void> {
    const { peer } = connection;
    const { clock, meter } = this.#options;
    const now = clock.now();
    const trace = newTrace(now);
    const route = routeOf(peer.stage.api, text);
    const routeKey = route?.key ?? '$default';
    const context = requestContext(peer, routeKey, now, { eventType: 'MESSAGE' });
    meter?.message('in', Buffer.byteLength(text), trace);

    const admitted = this.#account.take() && this.#throttles.take(peer.stage, routeKey);
    const { outcome, reply } = !admitted
      ? platformRefusal(429)
      : route === undefined
        ? platformRefusal(403)
        : await this.#run(peer, route, messageEvent(context, text), trace);

    this.#logAccess(peer, context, outcome, trace);
    const answer =
      outcome.message === undefined ? reply : JSON.stringify(platformError(outcome.message, context));
    if (answer === undefined) return;
    meter?.message('out', Buffer.byteLength(answer), trace);
    connection.send(answer);
  }

  /** A best-effort event on AWS: nobody repeats it when its function fails. */
  async #disconnect(peer: Peer, ending: Ending): Promise<void> {
    if (this.#options.faults.at('gateway.disconnect', peer.connectionId)?.effect === 'drop') return;
    const now = this.#options.clock.now();
    const context = requestContext(peer, '$disconnect', now, { eventType: 'DISCONNECT', ...ending });
    const route = peer.stage.api.routes.get('$disconnect');
    const trace = newTrace(now);
    const result = route && (await this.#run(peer, route, disconnectEvent(context, peer), trace));
    this.#logAccess(peer, context, result?.outcome ?? { status: 200 }, trace);
  }

  #run({ stage }: Peer, route: Route, event: JsonObject, trace: string): Promise<MessageResult> {
    const { services, report = () => {} } = this.#options;
    const { frameBytes } = this.#limits;
    return runRoute(services.traced(trace), stage, route, event, { frameBytes, report });
  }

  #logAccess(peer: Peer, context: JsonObject, outcome: Outcome, trace: string): void {
    const { accessLog, name } = peer.stage;
    if (accessLog === undefined) return;
    const line = accessLogLine(accessLog.format, { ...context, ...outcomeVariables(outcome) });
    this.#options.log?.(accessLog.group, name, line, trace);
  }

  /** An error in here is the gateway's own: it stays unhandled, so that the process stops and says so. */
  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}

function platformRefusal(status: number): MessageResult {
  return { outcome: { status, message: platformMessage(status) } };
}

/** What API Gateway itself tells a client, in a frame or in the answer to a handshake. */
function platformError(message: string, { connectionId = null, requestId = null }: JsonObject): JsonObject {
  return { message, connectionId, requestId };
}
