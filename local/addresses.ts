import type { Json } from './json/json';
import { REGION } from './template/resource-model';

/**
 * This machine's stand-in for the DNS of API Gateway: in what the template resolves to, the addresses of its APIs
 * become the one address that answers here. A bare host name stays as it is; nothing on this machine answers to it.
 * @param value e.g. a function's environment, or `https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/dev`
 */
export function toLocalAddresses<Value extends Json>(value: Value, port: number): Value;
export function toLocalAddresses(value: Json, port: number): Json {
  if (typeof value === 'string') {
    return value.replace(
      API_ADDRESS,
      (_, scheme: string) => `${scheme === 'wss' ? 'ws' : 'http'}://127.0.0.1:${port}`,
    );
  }
  if (Array.isArray(value)) return value.map((element) => toLocalAddresses(element, port));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, toLocalAddresses(member, port)]),
  );
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-websocket-api-connections.html */
const API_ADDRESS = new RegExp(
  `\\b(https|wss)://[a-z0-9]+\\.execute-api\\.${REGION}\\.amazonaws\\.com(?![\\w-]|\\.\\w)`,
  'g',
);
