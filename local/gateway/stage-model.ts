import { isObject, type JsonObject } from '../json/json';
import type { DeclaredResource, ResourceModel } from '../template/resource-model';
import type { AccessLogSettings, Definitions, Throttle } from './definitions';
import { Properties } from './properties';

/** `AWS::ApiGatewayV2::Stage`: its name is the path at which clients connect. */
export function stageModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Stage',
    properties: [
      'ApiId',
      'StageName',
      'AutoDeploy',
      'DeploymentId',
      'AccessLogSettings',
      'DefaultRouteSettings',
      'RouteSettings',
    ],
    ignoredProperties: { Description: 'it is for people to read', Tags: 'they are for people to read' },
    ref: (resource) => resource.physicalName,
    attributes: {},
    create(properties, resource) {
      const read = new Properties(properties, resource);
      const autoDeploy = ['true', true].some((value) => properties['AutoDeploy'] === value);
      if (!autoDeploy && read.optionalText('DeploymentId') === undefined) {
        read.fail('has neither AutoDeploy nor a DeploymentId, so on AWS nothing would be deployed to it');
      }
      const defaultSettings = read.optionalObject('DefaultRouteSettings') ?? {};
      const defaults = readThrottle(new Properties(defaultSettings, resource));
      const accessLog = readAccessLog(read, read.optionalObject('AccessLogSettings'));
      definitions.addStage({
        name: read.text('StageName'),
        api: definitions.api(read.text('ApiId')),
        ...(accessLog === undefined ? {} : { accessLog }),
        ...(defaults === undefined ? {} : { defaultThrottle: defaults }),
        routeThrottles: readRouteThrottles(read, resource),
      });
    },
  };
}

/** The other settings of a route are about execution logs and metrics, which nothing here keeps. */
const ROUTE_SETTINGS = [
  'ThrottlingRateLimit',
  'ThrottlingBurstLimit',
  'DetailedMetricsEnabled',
  'LoggingLevel',
  'DataTraceEnabled',
];

/** By route key. @param read the properties of a stage */
export function readRouteThrottles(read: Properties, resource: DeclaredResource): Map<string, Throttle> {
  return new Map(
    Object.entries(read.optionalObject('RouteSettings') ?? {}).flatMap(([routeKey, settings]) => {
      const throttle = readThrottle(new Properties(isObject(settings) ? settings : {}, resource));
      return throttle === undefined ? [] : [[routeKey, throttle]];
    }),
  );
}

export function readThrottle(settings: Properties): Throttle | undefined {
  settings.allowOnly(ROUTE_SETTINGS);
  const ratePerSecond = settings.optionalNumber('ThrottlingRateLimit');
  const burst = settings.optionalNumber('ThrottlingBurstLimit');
  if (ratePerSecond === undefined && burst === undefined) return undefined;
  if (ratePerSecond === undefined || burst === undefined) {
    return settings.fail('has one of ThrottlingRateLimit and ThrottlingBurstLimit, but needs both');
  }
  return { ratePerSecond, burst };
}

export function readAccessLog(
  read: Properties,
  settings: JsonObject | undefined,
): AccessLogSettings | undefined {
  if (settings === undefined) return undefined;
  const { DestinationArn: destination, Format: format } = settings;
  const group = typeof destination === 'string' ? /:log-group:([^:]+)/.exec(destination)?.[1] : undefined;
  if (group === undefined || typeof format !== 'string') {
    return read.fail('has AccessLogSettings that are not a log group and a format');
  }
  return { group, format };
}
