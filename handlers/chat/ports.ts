/**
 * What the domain needs from the world, in chat words: here what it asks to be done, in `storage` what it keeps. Each
 * port has an adapter on AWS (`handlers/aws`) and a twin in memory (`test/support/memory`); both pass the same contract
 * suite (`test/contracts`). Times are Unix milliseconds. A port throws where the world fails; expected outcomes are
 * values.
 */
import type { ChatEvent } from './events';
import type { SignedIn } from './identity';

export interface TokenVerifier {
  /**
   * Who an access token of the user pool speaks for, if the pool signed it for this app and it is not over. Throws where
   * the pool's keys cannot be had.
   */
  verify(token: string): Promise<SignedIn | 'expired' | 'invalid'>;
}

export interface EventBus {
  /** One try. Gives the events that the bus did not take; throws if it took none because the call failed. */
  publish(events: readonly ChatEvent[]): Promise<readonly ChatEvent[]>;
}

export interface AgentAlerts {
  publish(alert: { subject: string; text: string; roomId: string; messageId: string }): Promise<void>;
}

export interface Recipient {
  readonly connectionId: string;
}

export type PostOutcome =
  | { readonly outcome: 'posted' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface Sockets {
  /**
   * Posts one frame to each recipient; outcomes in the recipients' order. Tries temporary failures again until
   * `deadline` (on the monotonic clock, `performance.now()`). Never throws for a recipient.
   */
  post(
    frame: string,
    recipients: readonly Recipient[],
    limits: { deadline: number; postsPerSecond: number },
  ): Promise<PostOutcome[]>;
  /** Closes a socket at the gateway; one that is gone already is no error. */
  close(connectionId: string): Promise<void>;
}

/** Structured log lines. Ids and numbers only: never text, names or tokens. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** An unexpected error. What its message says is kept out unless it came from an AWS API. */
  error(event: string, error: unknown, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Now = () => number;
