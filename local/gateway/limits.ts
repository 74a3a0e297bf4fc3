/**
 * The quotas of a WebSocket API. Times are on the runtime's clock, sizes in bytes.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export interface GatewayLimits {
  /** Payload of one frame that a client sends; a larger one closes the connection with 1009. */
  readonly frameBytes: number;
  /** One message, in either direction: 1009 from a client, 413 for a post. */
  readonly messageBytes: number;
  /** Without a message in either direction; then 1001. A ping is no message. */
  readonly idleMs: number;
  /** Of a connection, however busy; then 1001. */
  readonly lifetimeMs: number;
  /** Connects, messages and posts together, per second, and how many more may come at once. */
  readonly accountRatePerSecond: number;
  readonly accountBurst: number;
  /** What a client may leave unread before a post to it answers 429. AWS names the limit, but not its size. */
  readonly unreadBytes: number;
}

export const AWS_LIMITS: GatewayLimits = {
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  idleMs: 10 * 60_000,
  lifetimeMs: 2 * 3_600_000,
  accountRatePerSecond: 10_000,
  accountBurst: 5_000,
  unreadBytes: 1024 * 1024,
};
