import { REGION, type ResourceModel } from '../template/resource-model';
import type { Definitions, Integration, Route } from './definitions';
import { resourceId } from './ids';
import { Properties } from './properties';
import { parseSelectionExpression } from './route-selection';
import { stageModel } from './stage-model';

const MAX_TIMEOUT_MS = 29_000;
const TO_READ = 'it is for people to read';

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
    ref: (resource) => resourceId(resource, 10),
    attributes: {
      ApiId: (resource) => resourceId(resource, 10),
      ApiEndpoint: (resource) => `wss://${resourceId(resource, 10)}.execute-api.${REGION}.amazonaws.com`,
    },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      if (read.text('ProtocolType') !== 'WEBSOCKET')
        read.fail('is not a WEBSOCKET API; other protocols are not modelled');
      read.allow('DisableExecuteApiEndpoint', false, 'false');
      definitions.addApi({
        id: resourceId(resource, 10),
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
    ref: (resource) => resourceId(resource, 7),
    attributes: { IntegrationId: (resource) => resourceId(resource, 7) },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('IntegrationType', 'AWS_PROXY');
      read.allow('ConnectionType', 'INTERNET');
      const timeoutMs = read.optionalNumber('TimeoutInMillis') ?? MAX_TIMEOUT_MS;
      if (timeoutMs < 50 || timeoutMs > MAX_TIMEOUT_MS)
        read.fail('has a TimeoutInMillis outside of 50 to 29000');
      const functionArn = readFunctionArn(read, 'IntegrationUri');
      definitions
        .api(read.text('ApiId'))
        .integrations.set(resourceId(resource, 7), { functionArn, timeoutMs });
    },
  };
}

function authorizerModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Authorizer',
    properties: ['ApiId', 'AuthorizerType', 'AuthorizerUri', 'IdentitySource'],
    ignoredProperties: { Name: TO_READ },
    ref: (resource) => resourceId(resource, 6),
    attributes: { AuthorizerId: (resource) => resourceId(resource, 6) },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('AuthorizerType', 'REQUEST');
      const identitySources = read.texts('IdentitySource');
      const unknown = identitySources.find(
        (source) => !/^(route\.request\.(header|querystring)|context)\.[\w.-]+$/.test(source),
      );
      if (unknown !== undefined) read.fail(`has the identity source "${unknown}", which is not modelled`);
      const functionArn = readFunctionArn(read, 'AuthorizerUri');
      const id = resourceId(resource, 6);
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
    ref: (resource) => resourceId(resource, 7),
    attributes: { RouteId: (resource) => resourceId(resource, 7) },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('AuthorizationType', 'NONE', 'CUSTOM', 'AWS_IAM');
      read.allow('ApiKeyRequired', false, 'false');
      read.allow('RouteResponseSelectionExpression', '$default');
      const api = definitions.api(read.text('ApiId'));
      const key = read.text('RouteKey');
      if (key.startsWith('$') && !['$connect', '$disconnect', '$default'].includes(key)) {
        read.fail(`has the route key "${key}"; only $connect, $disconnect and $default may start with $`);
      }
      if (api.routes.has(key)) read.fail(`has the route key "${key}", which another route has already`);

      const target = read.text('Target');
      const integration: Integration | undefined = api.integrations.get(
        target.replace(/^integrations\//, ''),
      );
      if (integration === undefined)
        return read.fail(`has the target "${target}", which is no integration of its API`);
      const route: Route = {
        id: resourceId(resource, 7),
        key,
        integration,
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
    ref: (resource) => resourceId(resource, 7),
    attributes: { RouteResponseId: (resource) => resourceId(resource, 7) },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('RouteResponseKey', '$default');
      const routeId = read.text('RouteId');
      const routes = [...definitions.api(read.text('ApiId')).routes.values()];
      const route =
        routes.find(({ id }) => id === routeId) ?? read.fail(`has a RouteId that is no route of its API`);
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
    ref: (resource) => resourceId(resource, 6),
    attributes: { DeploymentId: (resource) => resourceId(resource, 6) },
    create: () => undefined,
  };
}

/** From `arn:aws:apigateway:…:lambda:path/2015-03-31/functions/<function ARN>/invocations`. */
function readFunctionArn(read: Properties, name: string): string {
  const uri = read.text(name);
  const functionArn = /:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
  return functionArn ?? read.fail(`has the ${name} "${uri}", which invokes no Lambda function`);
}
