/** How long the library waits for what, in milliseconds; a pair is a range to draw from. */
export interface Timing {
  /**
   * How long the rooms' heads go unchecked: then a ping asks for them. It also keeps the socket open, which API
   * Gateway closes after 10 minutes without a message.
   */
  readonly pingMs: readonly [number, number];
  /** The age at which a socket is replaced. API Gateway closes it at 2 hours. */
  readonly replaceMs: readonly [number, number];
  /** A command without a reply for so long means a dead connection. API Gateway gives a Lambda 29 s. */
  readonly replyMs: number;
  readonly pingReplyMs: number;
  readonly handshakeMs: number;
  /** How long a room waits for a late message before it fetches it. */
  readonly lateMs: number;
  /** A socket that lived for less is no success: the next try waits longer. */
  readonly settledMs: number;
}

export const TIMING: Timing = {
  pingMs: [4 * 60_000, 5 * 60_000],
  replaceMs: [100 * 60_000, 110 * 60_000],
  replyMs: 30_000,
  pingReplyMs: 10_000,
  handshakeMs: 30_000,
  lateMs: 300,
  settledMs: 10_000,
};
