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
} from '../gateway/api-parts';
import { Properties } from '../gateway/properties';
import { readStageSettings } from '../gateway/stage-settings';
import type { ResourceModel } from '../template/resource-model';
import type { Cors, HttpDefinitions } from './definitions';

/** Of HTTP APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_TIMEOUT_MS = 30_000;

/** The function's ARN itself, or the URI with which WebSocket APIs name it. */
function readFunctionArn(read: Properties): string {
  const uri = read.text('IntegrationUri');
  return /^arn:aws:lambda:[^/]+$/.test(uri) ? uri : readInvokedFunction(read, 'IntegrationUri');
}

/** The resource types of an HTTP API, in the order in which they have to be created. */
export function httpApiModels(definitions: HttpDefinitions): ResourceModel[] {
  return [
    apiModel(definitions),
    integrationModel(definitions),
    routeModel(definitions),
    stageModel(definitions),
  ];
}

function apiModel(definitions: HttpDefinitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Api',
    properties: ['ProtocolType', 'CorsConfiguration', 'DisableExecuteApiEndpoint'],
    ignoredProperties: {
      Name: TO_READ,
      Description: TO_READ,
      Tags: TO_READ,
      IpAddressType: 'this machine has its own addresses',
    },
    ...apiReferences('https'),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('DisableExecuteApiEndpoint', false, 'false');
      const cors = read.optionalObject('CorsConfiguration');
      definitions.add({
        id: apiId(resource),
        ...(cors === undefined ? {} : { cors: readCors(new Properties(cors, resource)) }),
        integrations: new Map(),
        routes: new Map(),
      });
    },
  };
}

function readCors(read: Properties): Cors {
  read.allowOnly([
    'AllowOrigins',
    'AllowMethods',
    'AllowHeaders',
    'ExposeHeaders',
    'MaxAge',
    'AllowCredentials',
  ]);
  read.allow('AllowCredentials', true, false, 'true', 'false');
  const maxAgeSeconds = read.optionalNumber('MaxAge');
  return {
    origins: read.texts('AllowOrigins'),
    methods: read.texts('AllowMethods'),
    headers: read.texts('AllowHeaders').map((name) => name.toLowerCase()),
    exposedHeaders: read.texts('ExposeHeaders'),
    credentials: read.flag('AllowCredentials') ?? false,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}

function integrationModel(definitions: HttpDefinitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Integration',
    properties: [
      'ApiId',
      'IntegrationType',
      'IntegrationUri',
      'TimeoutInMillis',
      'ConnectionType',
      'PayloadFormatVersion',
    ],
    ignoredProperties: { Description: TO_READ, IntegrationMethod: 'Lambda is always called by POST' },
    ...partReferences('IntegrationId', integrationId),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('PayloadFormatVersion', '2.0');
      read.text('PayloadFormatVersion');
      const integration = readIntegration(read, MAX_TIMEOUT_MS, readFunctionArn);
      definitions.get(read.text('ApiId')).integrations.set(integrationId(resource), integration);
    },
  };
}

function routeModel(definitions: HttpDefinitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Route',
    properties: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired'],
    ignoredProperties: { OperationName: TO_READ },
    ...partReferences('RouteId', routeId),
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('AuthorizationType', 'NONE');
      read.allow('ApiKeyRequired', false, 'false');
      const api = definitions.get(read.text('ApiId'));
      const key = readRouteKey(read, api.routes);
      if (key !== '$default' && !/^[A-Z]+ \/[\w./-]*$/.test(key))
        read.fail(`has the route key "${key}"; only $default and a method with a path are modelled`);
      api.routes.set(key, readTarget(read, api.integrations));
    },
  };
}

function stageModel(definitions: HttpDefinitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Stage',
    properties: [
      'ApiId',
      'StageName',
      'AutoDeploy',
      'AccessLogSettings',
      'DefaultRouteSettings',
      'RouteSettings',
    ],
    ignoredProperties: { Description: TO_READ, Tags: TO_READ },
    ref: (resource) => resource.physicalName,
    attributes: {},
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('StageName', '$default');
      if (read.flag('AutoDeploy') !== true)
        read.fail('has no AutoDeploy, so on AWS nothing would be deployed to it');
      definitions.get(read.text('ApiId')).stage = readStageSettings(read, resource);
    },
  };
}
