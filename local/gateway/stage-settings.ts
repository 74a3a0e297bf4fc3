import { isObject } from '../json/json';
import type { DeclaredResource } from '../template/resource-model';
import type { AccessLogSettings, StageSettings, Throttle } from './definitions';
import { Properties } from './properties';

/** What a stage of either kind of API says of its throttles and its access log. */
export function readStageSettings(read: Properties, resource: DeclaredResource): StageSettings {
  const name = read.text('StageName');
  const defaults = readThrottle(new Properties(read.optionalObject('DefaultRouteSettings') ?? {}, resource));
  const accessLog = readAccessLog(read);
  return {
    name,
    ...(accessLog === undefined ? {} : { accessLog }),
    ...(defaults === undefined ? {} : { defaultThrottle: defaults }),
    routeThrottles: readRouteThrottles(read, resource),
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

function readRouteThrottles(read: Properties, resource: DeclaredResource): Map<string, Throttle> {
  return new Map(
    Object.entries(read.optionalObject('RouteSettings') ?? {}).flatMap(([routeKey, settings]) => {
      const throttle = readThrottle(new Properties(isObject(settings) ? settings : {}, resource));
      return throttle === undefined ? [] : [[routeKey, throttle]];
    }),
  );
}

function readThrottle(settings: Properties): Throttle | undefined {
  settings.allowOnly(ROUTE_SETTINGS);
  const ratePerSecond = settings.optionalNumber('ThrottlingRateLimit');
  const burst = settings.optionalNumber('ThrottlingBurstLimit');
  if (ratePerSecond === undefined && burst === undefined) return undefined;
  if (ratePerSecond === undefined || burst === undefined) {
    return settings.fail('has one of ThrottlingRateLimit and ThrottlingBurstLimit, but needs both');
  }
  return { ratePerSecond, burst };
}

function readAccessLog(read: Properties): AccessLogSettings | undefined {
  const settings = read.optionalObject('AccessLogSettings');
  if (settings === undefined) return undefined;
  const { DestinationArn: destination, Format: format } = settings;
  const group = typeof destination === 'string' ? /:log-group:([^:]+)/.exec(destination)?.[1] : undefined;
  if (group === undefined || typeof format !== 'string') {
    return read.fail('has AccessLogSettings that are not a log group and a format');
  }
  return { group, format };
}
