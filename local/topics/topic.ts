import type { JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { object, requiredText, text } from '../json/members';

export type Protocol = 'sqs' | 'http' | 'email' | 'sms';

export interface Subscription {
  readonly arn: string;
  readonly protocol: Protocol;
  /** A queue's ARN, a URL on 127.0.0.1, a mail address or a telephone number. */
  readonly endpoint: string;
  /** For queues and HTTP: the message alone instead of SNS's envelope around it. */
  readonly raw: boolean;
}

/** One message as it was published. */
export interface Published {
  readonly messageId: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** As the API has them, by name: `{DataType, StringValue}`. */
  readonly attributes: JsonObject;
  /** ISO 8601. */
  readonly at: string;
}

/** How many messages a topic remembers. */
const KEPT = 1_000;

/** An SNS topic: who gets what is published, and the newest 1,000 messages for tests and people to read. */
export class Topic {
  readonly name: string;
  readonly arn: string;
  readonly displayName: string;
  readonly subscriptions: Subscription[] = [];
  readonly #file: JsonLines | undefined;
  #published: Published[] = [];

  constructor(options: { name: string; arn: string; displayName: string; path: string | undefined }) {
    this.name = options.name;
    this.arn = options.arn;
    this.displayName = options.displayName;
    if (options.path !== undefined) {
      this.#file = new JsonLines(options.path);
      this.#published = Array.from(this.#file.read(), parsePublished).slice(-KEPT);
    }
  }

  /** Oldest first. */
  get published(): readonly Published[] {
    return this.#published;
  }

  remember(message: Published): void {
    this.#published = [...this.#published.slice(-KEPT + 1), message];
    this.#file?.append(toJson(message));
    if (this.#file !== undefined && this.#file.lines > KEPT * 2) {
      this.#file.rewrite(this.#published.map(toJson));
    }
  }

  close(): void {
    this.#file?.close();
  }
}

function toJson({ subject, ...rest }: Published): JsonObject {
  return { ...rest, ...(subject === undefined ? {} : { subject }) };
}

function parsePublished(line: JsonObject): Published {
  return {
    messageId: requiredText(line, 'messageId'),
    subject: text(line, 'subject'),
    message: requiredText(line, 'message'),
    attributes: object(line, 'attributes') ?? {},
    at: requiredText(line, 'at'),
  };
}
