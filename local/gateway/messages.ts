import type { JsonObject } from '../json/json';
import type { ServiceCalls } from '../service';
import type { Outcome } from './access-log';
import type { Api, Route, Stage } from './definitions';
import { stageArn } from './events';
import { invokeIntegration, platformMessage } from './integration';
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

/**
 * Calls the route's integration. The function's body goes back to the sender only over a route response, then
 * whatever its status code. A function that fails or answers malformed is "Internal server error" to the sender, one
 * that takes too long "Endpoint request timed out" (as clients of real APIs report: Kludex/mangum issue 128).
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
export async function runRoute(
  services: ServiceCalls,
  stage: Stage,
  route: Route,
  event: JsonObject,
): Promise<MessageResult> {
  const started = performance.now();
  const answer = await invokeIntegration(services, route.integration, event, stageArn(stage, route.key));
  const latencyMs = performance.now() - started;
  if (!('statusCode' in answer)) {
    const { status, error } = answer;
    return {
      outcome: { status, message: platformMessage(status), integration: { status, error, latencyMs } },
    };
  }
  const status = answer.statusCode;
  const replies = route.selectsResponse && route.hasResponse && answer.body !== undefined;
  return {
    outcome: { status, integration: { status, latencyMs } },
    ...(replies ? { reply: answer.body } : {}),
  };
}
