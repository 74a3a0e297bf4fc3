import { resourceId } from '../gateway/ids';
import { Properties } from '../gateway/properties';
import { readAccessLog, readRouteThrottles, readThrottle } from '../gateway/stage-model';
import { REGION, type ResourceModel } from '../template/resource-model';
import type { Cors, HttpDefinitions } from './definitions';

/** Of HTTP APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_TIMEOUT_MS = 30_000;
const TO_READ = 'it is for people to read';

/** The function's ARN itself, or the URI with which WebSocket APIs name it. */
function readFunctionArn(read: Properties): string {
  const uri = read.text('IntegrationUri');
  const path = /:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
  if (path !== undefined) return path;
  return /^arn:aws:lambda:[^/]+$/.test(uri)
    ? uri
    : read.fail(`has the IntegrationUri "${uri}", which invokes no Lambda function`);
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
    ref: (resource) => resourceId(resource, 10),
    attributes: {
      ApiId: (resource) => resourceId(resource, 10),
      ApiEndpoint: (resource) => `https://${resourceId(resource, 10)}.execute-api.${REGION}.amazonaws.com`,
    },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('DisableExecuteApiEndpoint', false, 'false');
      const cors = read.optionalObject('CorsConfiguration');
      definitions.add({
        id: resourceId(resource, 10),
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
    ref: (resource) => resourceId(resource, 7),
    attributes: { IntegrationId: (resource) => resourceId(resource, 7) },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('IntegrationType', 'AWS_PROXY');
      read.allow('ConnectionType', 'INTERNET');
      read.allow('PayloadFormatVersion', '2.0');
      read.text('PayloadFormatVersion');
      const timeoutMs = read.optionalNumber('TimeoutInMillis') ?? MAX_TIMEOUT_MS;
      if (timeoutMs < 50 || timeoutMs > MAX_TIMEOUT_MS)
        read.fail(`has a TimeoutInMillis outside of 50 to ${MAX_TIMEOUT_MS}`);
      definitions.get(read.text('ApiId')).integrations.set(resourceId(resource, 7), {
        functionArn: readFunctionArn(read),
        timeoutMs,
      });
    },
  };
}

function routeModel(definitions: HttpDefinitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Route',
    properties: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired'],
    ignoredProperties: { OperationName: TO_READ },
    ref: (resource) => resourceId(resource, 7),
    attributes: { RouteId: (resource) => resourceId(resource, 7) },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      read.allow('AuthorizationType', 'NONE');
      read.allow('ApiKeyRequired', false, 'false');
      const api = definitions.get(read.text('ApiId'));
      const key = read.text('RouteKey');
      if (key !== '$default' && !/^[A-Z]+ \/[\w./-]*$/.test(key))
        read.fail(`has the route key "${key}"; only $default and a method with a path are modelled`);
      if (api.routes.has(key)) read.fail(`has the route key "${key}", which another route has already`);
      const target = read.text('Target');
      const integration = api.integrations.get(target.replace(/^integrations\//, ''));
      if (integration === undefined)
        return read.fail(`has the target "${target}", which is no integration of its API`);
      api.routes.set(key, integration);
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
      const defaults = readThrottle(
        new Properties(read.optionalObject('DefaultRouteSettings') ?? {}, resource),
      );
      const accessLog = readAccessLog(read, read.optionalObject('AccessLogSettings'));
      definitions.get(read.text('ApiId')).stage = {
        name: read.text('StageName'),
        ...(accessLog === undefined ? {} : { accessLog }),
        ...(defaults === undefined ? {} : { defaultThrottle: defaults }),
        routeThrottles: readRouteThrottles(read, resource),
      };
    },
  };
}
