import type { IncomingMessage, ServerResponse } from 'node:http';
import { HTTP_API_PATH } from '../addresses';
import type { Clock } from '../clock';
import { accessLogLine, outcomeVariables, type Outcome } from '../gateway/access-log';
import type { Integration, StageSettings } from '../gateway/definitions';
import { invokeFunction } from '../gateway/integration';
import { StageThrottles } from '../gateway/stage-throttles';
import type { JsonObject } from '../json/json';
import { isLoopbackHost } from '../operator/loopback-only';
import { ServiceError, type Services } from '../service';
import { arn } from '../template/resource-model';
import { newTrace } from '../trace';
import { readBody } from '../wire/read-body';
import { answerOf, platformAnswer, PLATFORM_MESSAGES, type HttpAnswer } from './answer';
import { corsHeaders, isPreflight, preflightHeaders } from './cors';
import { HttpDefinitions, type HttpApi } from './definitions';
import { requestContext, requestEvent, type ApiRequest } from './events';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface HttpApisOptions {
  readonly services: Services;
  readonly clock: Clock;
  /** Takes the lines of access logs: log group, log stream, line, trace header. */
  readonly log?: (group: string, stream: string, line: string, trace?: string) => void;
}

/**
 * The HTTP API of the template, at `/http`. Pages of any origin may ask, as on AWS: what they may read is for its CORS
 * configuration to say. Under a name other than this machine's own nothing is served, because such a page reads what
 * it likes (DNS rebinding).
 */
export class HttpApis {
  readonly definitions = new HttpDefinitions();
  readonly #options: HttpApisOptions;
  readonly #throttles: StageThrottles;

  constructor(options: HttpApisOptions) {
    this.#options = options;
    this.#throttles = new StageThrottles(options.clock);
  }

  /** Answers a request below `/http` and resolves with true; false for any other, and where there is no HTTP API. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { api } = this.definitions;
    const [path = '', query = ''] = splitOnce(request.url ?? '/', '?');
    if (api?.stage === undefined || !(path === HTTP_API_PATH || path.startsWith(`${HTTP_API_PATH}/`)))
      return false;
    if (!isLoopbackHost(request.headers.host)) {
      send(response, platformAnswer(403));
      return true;
    }
    const { cors } = api;
    if (cors !== undefined && isPreflight(request)) {
      response.writeHead(204, preflightHeaders(cors, request.headers.origin)).end();
      return true;
    }
    const below = path.slice(HTTP_API_PATH.length) || '/';
    const answer = await this.#answer(api, api.stage, request, below, query);
    send(
      response,
      cors === undefined
        ? answer
        : { ...answer, headers: withCors(answer.headers, corsHeaders(cors, request.headers.origin)) },
    );
    return true;
  }

  async #answer(
    api: HttpApi,
    stage: StageSettings,
    request: IncomingMessage,
    path: string,
    query: string,
  ): Promise<HttpAnswer> {
    const { clock } = this.#options;
    const now = clock.now();
    const trace = newTrace(now);
    const body = await bodyOf(request);
    const routeKey = [`${request.method} ${path}`, `ANY ${path}`, '$default'].find((key) =>
      api.routes.has(key),
    );
    const integration = routeKey === undefined ? undefined : api.routes.get(routeKey);
    const context = requestContext(api.id, stage.name, routeKey ?? '', { request, path }, now);
    const { answer, outcome } =
      body === undefined
        ? refusal(413)
        : routeKey === undefined || integration === undefined
          ? refusal(404)
          : !this.#throttles.take(stage, routeKey)
            ? refusal(429)
            : await this.#run(
                `${api.id}/${stage.name}`,
                integration,
                context,
                { request, path, query, body },
                trace,
              );
    this.#logAccess(stage, context, outcome, answer, trace);
    return answer;
  }

  /** @param stage with its API, e.g. `a1b2c3/$default` */
  async #run(
    stage: string,
    { functionArn, timeoutMs }: Integration,
    context: JsonObject,
    request: ApiRequest,
    trace: string,
  ): Promise<{ answer: HttpAnswer; outcome: Outcome }> {
    const started = performance.now();
    const invocation = await invokeFunction(
      this.#options.services.traced(trace),
      functionArn,
      requestEvent(context, request),
      {
        timeoutMs,
        sourceArn: arn('execute-api', `${stage}/${request.request.method}${request.path}`),
      },
    );
    const latencyMs = performance.now() - started;
    if (!('payload' in invocation)) {
      // An HTTP API says 503 where time ran out and 500 for every other failure of the function.
      const { answer, outcome } = refusal(invocation.status === 504 ? 503 : 500);
      return { answer, outcome: { ...outcome, integration: { error: invocation.error, latencyMs } } };
    }
    const answer = answerOf(invocation.payload);
    if (answer === undefined) {
      const malformed = refusal(500);
      const error = 'Malformed Lambda proxy response';
      return { ...malformed, outcome: { ...malformed.outcome, integration: { error, latencyMs } } };
    }
    return {
      answer,
      outcome: { status: answer.status, integration: { status: answer.status, latencyMs } },
    };
  }

  #logAccess(
    { accessLog, name }: StageSettings,
    context: JsonObject,
    outcome: Outcome,
    answer: HttpAnswer,
    trace: string,
  ): void {
    if (accessLog === undefined) return;
    const { http } = context;
    const of = typeof http === 'object' && http !== null && !Array.isArray(http) ? http : {};
    const line = accessLogLine(accessLog.format, {
      ...context,
      // The names that access logs have for them.
      httpMethod: of['method'] ?? '',
      path: of['path'] ?? '',
      protocol: of['protocol'] ?? '',
      identity: { sourceIp: of['sourceIp'] ?? '', userAgent: of['userAgent'] ?? '' },
      requestTime: context['time'] ?? '',
      requestTimeEpoch: context['timeEpoch'] ?? 0,
      responseLength: answer.body.length,
      ...outcomeVariables(outcome),
    });
    this.#options.log?.(accessLog.group, name, line, trace);
  }
}

/** The function's own headers about CORS do not count where the API has a configuration. */
function withCors(
  headers: Readonly<Record<string, string>>,
  ofApi: Readonly<Record<string, string>>,
): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => !name.startsWith('access-control-'));
  return { ...Object.fromEntries(others), ...ofApi };
}

function refusal(status: 404 | 413 | 429 | 500 | 503): { answer: HttpAnswer; outcome: Outcome } {
  return { answer: platformAnswer(status), outcome: { status, message: PLATFORM_MESSAGES[status] } };
}

/** Undefined for one that is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    const body = await readBody(request);
    return body.length > MAX_BODY_BYTES ? undefined : body;
  } catch (error) {
    if (error instanceof ServiceError && error.status === 413) return undefined;
    throw error;
  }
}

function send(response: ServerResponse, { status, headers, cookies, body }: HttpAnswer): void {
  response.writeHead(status, {
    ...headers,
    ...(cookies.length === 0 ? {} : { 'set-cookie': [...cookies] }),
    ...(status === 204 || status === 304 ? {} : { 'content-length': String(body.length) }),
  });
  response.end(body);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
