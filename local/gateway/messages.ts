import type { JsonObject } from '../json/json';
import type { ServiceCalls } from '../service';
import type { Outcome } from './access-log';
import type { Api, Route, Stage } from './definitions';
import { stageArn } from './events';
import { invokeIntegration, platformMessage, type IntegrationFailure } from './integration';
import { selectRouteKey } from './route-selection';

/** What came of a message. `outcome.message` is what the platform itself tells the sender, `reply` what the function does. */
export interface MessageResult {
  readonly outcome: Outcome;
  readonly reply?: string;
}

/** The route of a message: the one it names, else `$default`, else none. */
export function routeOf(api: Api, message: string): Route | undefined {
  const key = selectRouteKey(api.selectionPath, message);
  return (key === undefined ? undefined : api.routes.get(key)) ?? api.routes.get('$default');
}

export interface ReplyRules {
  /** What one frame to a client holds. */
  readonly frameBytes: number;
  /** Takes what a developer has to see at once. */
  readonly report: (error: Error) => void;
}

/**
 * Calls the route's integration. The function's body goes back to the sender only over a route response, then
 * whatever its status code. A function that fails or answers malformed is "Internal server error" to the sender, one
 * that takes too long "Endpoint request timed out" (as clients of real APIs report: Kludex/mangum issue 128). A reply
 * that does not fit into one frame is refused as a failed integration: AWS documents the quota and not what becomes of
 * such a reply, so that nobody may count on one that passes.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
export async function runRoute(
  services: ServiceCalls,
  stage: Stage,
  route: Route,
  event: JsonObject,
  { frameBytes, report }: ReplyRules,
): Promise<MessageResult> {
  const started = performance.now();
  const answer = await invokeIntegration(services, route.integration, event, stageArn(stage, route.key));
  const latencyMs = performance.now() - started;
  if (!('statusCode' in answer)) return failed(answer, latencyMs);
  const status = answer.statusCode;
  const outcome = { status, integration: { status, latencyMs } };
  const replies = route.selectsResponse && route.hasResponse;
  if (!replies || answer.body === undefined) return { outcome };
  const bytes = Buffer.byteLength(answer.body);
  if (bytes > frameBytes) {
    const error = `Reply of ${bytes} bytes on route ${route.key}: one frame holds ${frameBytes}`;
    report(new Error(error));
    return failed({ status: 500, error }, latencyMs);
  }
  return { outcome, reply: answer.body };
}

function failed({ status, error }: IntegrationFailure, latencyMs: number): MessageResult {
  return { outcome: { status, message: platformMessage(status), integration: { status, error, latencyMs } } };
}
