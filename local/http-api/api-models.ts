import { apiId } from '../gateway/api-parts';
import type { Definitions } from '../gateway/definitions';
import { gatewayModels } from '../gateway/models';
import type { JsonObject } from '../json/json';
import type { DeclaredResource, ResourceModel } from '../template/resource-model';
import type { HttpDefinitions } from './definitions';
import { httpApiModels } from './models';

/**
 * API Gateway has one set of resource types for WebSocket and HTTP APIs. Each resource is handed to the model of its
 * API's protocol, which knows nothing of the other.
 */
export function apiModels(webSocketApis: Definitions, httpApis: HttpDefinitions): ResourceModel[] {
  const httpModels = httpApiModels(httpApis);
  const isHttp = ({ ProtocolType, ApiId }: JsonObject) =>
    ProtocolType === 'HTTP' || (typeof ApiId === 'string' && httpApis.has(ApiId));
  return gatewayModels(webSocketApis).map((webSocket) => {
    const http = httpModels.find(({ type }) => type === webSocket.type);
    return http === undefined ? webSocket : eitherModel(webSocket, http, isHttp);
  });
}

/** Known before anything is declared, because functions, which come first, have the addresses of APIs. */
export function httpApiIds(resources: readonly DeclaredResource[]): string[] {
  return resources
    .filter(({ type, property }) => type === API && property?.('ProtocolType') === 'HTTP')
    .map(apiId);
}

const API = 'AWS::ApiGatewayV2::Api';

function eitherModel(
  webSocket: ResourceModel,
  http: ResourceModel,
  isHttp: (properties: JsonObject) => boolean,
): ResourceModel {
  const all = [webSocket, http];
  const names = new Set(
    all.flatMap(({ properties, ignoredProperties = {} }) => [
      ...properties,
      ...Object.keys(ignoredProperties),
    ]),
  );
  const attribute = (name: string) => (resource: DeclaredResource) => {
    const get = (resource.property?.('ProtocolType') === 'HTTP' ? http : webSocket).attributes[name];
    if (get === undefined) throw new Error(`${resource.logicalId} has no attribute ${name}`);
    return get(resource);
  };
  return {
    type: webSocket.type,
    properties: [...names],
    ref: (resource) => webSocket.ref(resource),
    attributes: Object.fromEntries(
      all.flatMap(({ attributes }) => Object.keys(attributes)).map((name) => [name, attribute(name)]),
    ),
    create(properties, resource) {
      const model = isHttp(properties) ? http : webSocket;
      return model.create(known(properties, model), resource);
    },
  };
}

/** What the model acts on. Throws Error on a property that it neither uses nor ignores. */
function known(properties: JsonObject, model: ResourceModel): JsonObject {
  const used: JsonObject = {};
  for (const [name, value] of Object.entries(properties)) {
    if (model.ignoredProperties?.[name] !== undefined) continue;
    if (!model.properties.includes(name))
      throw new Error(`the property ${name} of ${model.type} is not modelled for an API of this protocol`);
    used[name] = value;
  }
  return used;
}
