import type { DeclaredResource, ResourceModel } from '../template/resource-model';
import {
  apiId,
  apiReferences,
  integrationId,
  partReferences,
  readIntegration,
  readInvokedFunction,
  readRouteKey,
  readTarget,
  routeId,
  TO_READ,
} from './api-parts';
import type { Definitions, Route } from './definitions';
import { resourceId } from './ids';
import { Properties } from './properties';
import { parseSelectionExpression } from './route-selection';
import { stageModel } from './stage-model';

const MAX_TIMEOUT_MS = 29_000;

/** The resource types of a WebSocket API, in the order in which they have to be created. */
export function gatewayModels(definitions: Definitions): ResourceModel[] {
  return [
    apiModel(definitions),
    integrationModel(definitions),
    authorizerModel(definitions),
    routeModel(definitions),
    routeResponseModel(definitions),
    deploymentModel(),
    stageModel(definitions),
  ];
}

function apiModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Api',
    properties: ['ProtocolType', 'RouteSelectionExpression', 'DisableExecuteApiEndpoint'],
    ignoredProperties: {
      Name: TO_READ,
      Description: TO_READ,
      Tags: TO_READ,
      ApiKeySelectionExpression: 'no route may require an API key',
      IpAddressType: 'this machine has its own addresses',
    },
    ...apiReferences('wss'),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      if (read.text('ProtocolType') !== 'WEBSOCKET')
        read.fail('is not a WEBSOCKET API; other protocols are not modelled');
      read.allow('DisableExecuteApiEndpoint', false, 'false');
      definitions.addApi({
        id: apiId(resource),
        selectionPath: parseSelectionExpression(read.text('RouteSelectionExpression')),
        integrations: new Map(),
        authorizers: new Map(),
        routes: new Map(),
      });
    },
  };
}

function integrationModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Integration',
    properties: ['ApiId', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis', 'ConnectionType'],
    ignoredProperties: {
      Description: TO_READ,
      IntegrationMethod: 'Lambda is always called by POST',
    },
    ...partReferences('IntegrationId', integrationId),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      const integration = readIntegration(read, MAX_TIMEOUT_MS, (it) =>
        readInvokedFunction(it, 'IntegrationUri'),
      );
      definitions.api(read.text('ApiId')).integrations.set(integrationId(resource), integration);
    },
  };
}

const authorizerId = (resource: DeclaredResource): string => resourceId(resource, 6);

function authorizerModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Authorizer',
    properties: ['ApiId', 'AuthorizerType', 'AuthorizerUri', 'IdentitySource'],
    ignoredProperties: { Name: TO_READ },
    ...partReferences('AuthorizerId', authorizerId),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('AuthorizerType', 'REQUEST');
      const identitySources = read.texts('IdentitySource');
      const unknown = identitySources.find(
        (source) => !/^(route\.request\.(header|querystring)|context)\.[\w.-]+$/.test(source),
      );
      if (unknown !== undefined) read.fail(`has the identity source "${unknown}", which is not modelled`);
      const functionArn = readInvokedFunction(read, 'AuthorizerUri');
      const id = authorizerId(resource);
      definitions.api(read.text('ApiId')).authorizers.set(id, { id, functionArn, identitySources });
    },
  };
}

function routeModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Route',
    properties: [
      'ApiId',
      'RouteKey',
      'Target',
      'AuthorizationType',
      'AuthorizerId',
      'RouteResponseSelectionExpression',
      'ApiKeyRequired',
    ],
    ignoredProperties: { OperationName: TO_READ },
    ...partReferences('RouteId', routeId),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('AuthorizationType', 'NONE', 'CUSTOM', 'AWS_IAM');
      read.allow('ApiKeyRequired', false, 'false');
      read.allow('RouteResponseSelectionExpression', '$default');
      const api = definitions.api(read.text('ApiId'));
      const key = readRouteKey(read, api.routes);
      if (key.startsWith('$') && !['$connect', '$disconnect', '$default'].includes(key)) {
        read.fail(`has the route key "${key}"; only $connect, $disconnect and $default may start with $`);
      }
      const route: Route = {
        id: routeId(resource),
        key,
        integration: readTarget(read, api.integrations),
        selectsResponse: read.optionalText('RouteResponseSelectionExpression') !== undefined,
        hasResponse: false,
      };
      const authorization = read.optionalText('AuthorizationType') ?? 'NONE';
      if (authorization === 'NONE') return void api.routes.set(key, route);

      if (key !== '$connect') read.fail('has an authorizer, which only $connect can have');
      if (authorization === 'AWS_IAM') return void api.routes.set(key, { ...route, signed: true });
      const authorizer = api.authorizers.get(read.text('AuthorizerId'));
      if (authorizer === undefined) return read.fail('has an AuthorizerId that is no authorizer of its API');
      api.routes.set(key, { ...route, authorizer });
    },
  };
}

function routeResponseModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::RouteResponse',
    properties: ['ApiId', 'RouteId', 'RouteResponseKey'],
    ...partReferences('RouteResponseId', (resource) => resourceId(resource, 7)),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('RouteResponseKey', '$default');
      const wanted = read.text('RouteId');
      const routes = [...definitions.api(read.text('ApiId')).routes.values()];
      const route =
        routes.find(({ id }) => id === wanted) ?? read.fail(`has a RouteId that is no route of its API`);
      route.hasResponse = true;
    },
  };
}

/** What is declared is what runs, so a deployment has nothing to take a copy of. */
function deploymentModel(): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Deployment',
    properties: [],
    ignoredProperties: {
      ApiId: 'what is declared is what runs',
      Description: TO_READ,
      StageName: 'stages are declared by their own resources',
    },
    ...partReferences('DeploymentId', (resource) => resourceId(resource, 6)),
    create: () => undefined,
  };
}
