import { REGION, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { Integration } from './definitions';
import { resourceId } from './ids';
import type { Properties } from './properties';

/** What the resources of WebSocket and of HTTP APIs have in common. */
export const TO_READ = 'it is for people to read';

export const apiId = (resource: DeclaredResource): string => resourceId(resource, 10);

/** How templates refer to an API. */
export function apiReferences(protocol: 'wss' | 'https'): Pick<ResourceModel, 'ref' | 'attributes'> {
  return {
    ref: apiId,
    attributes: {
      ApiId: apiId,
      ApiEndpoint: (resource) => `${protocol}://${apiId(resource)}.execute-api.${REGION}.amazonaws.com`,
    },
  };
}

export const integrationId = (resource: DeclaredResource): string => resourceId(resource, 7);
export const routeId = (resource: DeclaredResource): string => resourceId(resource, 7);

/** How templates refer to a part of an API, which has an attribute for its id. */
export function partReferences(
  attribute: string,
  idOf: (resource: DeclaredResource) => string,
): Pick<ResourceModel, 'ref' | 'attributes'> {
  return { ref: idOf, attributes: { [attribute]: idOf } };
}

/**
 * An integration that calls a function.
 * @param longestMs what AWS lets it take in an API of this protocol, and the default
 * @throws Error for one of another type, with a time limit that AWS refuses, or of no function
 */
export function readIntegration(
  read: Properties,
  longestMs: number,
  readFunctionArn: (read: Properties) => string,
): Integration {
  read.allow('IntegrationType', 'AWS_PROXY');
  read.allow('ConnectionType', 'INTERNET');
  const timeoutMs = read.optionalNumber('TimeoutInMillis') ?? longestMs;
  if (timeoutMs < 50 || timeoutMs > longestMs)
    read.fail(`has a TimeoutInMillis outside of 50 to ${longestMs}`);
  return { functionArn: readFunctionArn(read), timeoutMs };
}

/** From `arn:aws:apigateway:…:lambda:path/2015-03-31/functions/<function ARN>/invocations`; throws Error for another. */
export function readInvokedFunction(read: Properties, name: string): string {
  const uri = read.text(name);
  const functionArn = /:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
  return functionArn ?? read.fail(`has the ${name} "${uri}", which invokes no Lambda function`);
}

/** The key of a route; throws Error where another route has it. */
export function readRouteKey(read: Properties, routes: ReadonlyMap<string, unknown>): string {
  const key = read.text('RouteKey');
  if (routes.has(key)) read.fail(`has the route key "${key}", which another route has already`);
  return key;
}

/** The integration that a route leads to; throws Error where its API has none of that id. */
export function readTarget(read: Properties, integrations: ReadonlyMap<string, Integration>): Integration {
  const target = read.text('Target');
  return (
    integrations.get(target.replace(/^integrations\//, '')) ??
    read.fail(`has the target "${target}", which is no integration of its API`)
  );
}
