import type { Json } from './json/json';
import { REGION, type ResourceModel } from './template/resource-model';

/** Where the things of this runtime are. */
export interface LocalPlace {
  readonly port: number;
  /** The ids of the HTTP APIs; all others are WebSocket APIs. */
  readonly httpApis: ReadonlySet<string>;
}

/** Below these paths of the one port the runtime serves what has a host name of its own on AWS. */
export const HTTP_API_PATH = '/http';
export const USER_POOLS_PATH = '/user-pools';
export const USER_POOL_DOMAINS_PATH = '/user-pool-domains';

/**
 * This machine's stand-in for the DNS of AWS: in what the template resolves to, the addresses of its APIs and user
 * pools become ones that answer here. A bare host name stays as it is; nothing on this machine answers to it.
 * @param value e.g. a function's environment, or `https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/dev`
 */
export function toLocalAddresses<Value extends Json>(value: Value, place: LocalPlace): Value;
export function toLocalAddresses(value: Json, place: LocalPlace): Json {
  if (typeof value === 'string') return localAddresses(value, place);
  if (Array.isArray(value)) return value.map((element) => toLocalAddresses(element, place));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, toLocalAddresses(member, place)]),
  );
}

/** A model whose properties have local addresses: functions get those of APIs in their environment, and must reach them. */
export function withLocalAddresses(model: ResourceModel, place: LocalPlace): ResourceModel {
  return {
    ...model,
    create: (properties, resource) => model.create(toLocalAddresses(properties, place), resource),
  };
}

function localAddresses(text: string, { port, httpApis }: LocalPlace): string {
  const host = `127.0.0.1:${port}`;
  return text
    .replace(API_ADDRESS, (_, scheme: string, apiId: string) =>
      httpApis.has(apiId)
        ? `http://${host}${HTTP_API_PATH}`
        : `${scheme === 'wss' ? 'ws' : 'http'}://${host}`,
    )
    .replace(ISSUER_ADDRESS, `http://${host}${USER_POOLS_PATH}`)
    .replace(SIGN_IN_ADDRESS, (_, prefix: string) => `http://${host}${USER_POOL_DOMAINS_PATH}/${prefix}`)
    .replace(SITE_ADDRESS, `http://${host}`);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-websocket-api-connections.html */
const API_ADDRESS = new RegExp(
  `\\b(https|wss)://([a-z0-9]+)\\.execute-api\\.${REGION}\\.amazonaws\\.com(?![\\w-]|\\.\\w)`,
  'g',
);

/** Of user pools: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html */
const ISSUER_ADDRESS = new RegExp(
  `\\bhttps://cognito-idp\\.${REGION}\\.amazonaws\\.com(?=/${REGION}_[A-Za-z0-9])`,
  'g',
);

/** Of the hosted sign-in: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const SIGN_IN_ADDRESS = new RegExp(
  `\\bhttps://([a-z0-9-]+)\\.auth\\.${REGION}\\.amazoncognito\\.com(?![\\w-]|\\.\\w)`,
  'g',
);

/** Of a distribution: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-overview.html */
const SITE_ADDRESS = /\bhttps:\/\/[a-z0-9]+\.cloudfront\.net(?![\w-]|\.\w)/g;
