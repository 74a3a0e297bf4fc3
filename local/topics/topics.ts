import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../clock';
import type { JsonObject } from '../json/json';
import type { Service, Services } from '../service';
import { ServiceError } from '../service';
import { arn } from '../template/resource-model';
import { deliver } from './notification';
import { Topic, type Protocol, type Published, type Subscription } from './topic';
import { topicActions } from './topic-actions';

export interface TopicsOptions {
  readonly clock: Clock;
  /** Reaches the queues that subscribe. */
  readonly services: Services;
  /** Told of a delivery that was given up, and of programming errors. */
  report(error: unknown): void;
  /**
   * Writes a line about each published message: its id, topic and time, never its text.
   * The runtime passes the log service's `append`.
   */
  log?(group: string, stream: string, line: string): void;
  /** Where the newest messages are kept across restarts; in memory only without it. */
  readonly dataDir?: string;
}

/** SNS: the topics of a template. Queues and HTTP endpoints of this machine are served; mail and SMS are not sent. */
export class Topics {
  readonly #options: TopicsOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  declare(name: string, displayName = ''): Topic {
    const { dataDir } = this.#options;
    const path = dataDir === undefined ? undefined : join(dataDir, 'topics', `${name}.jsonl`);
    const topic = new Topic({ name, arn: arn('sns', name), displayName, path });
    this.#topics.set(topic.arn, topic);
    return topic;
  }

  /**
   * Takes a subscription as confirmed at once: nobody could click the link of a mail that is not sent.
   * @throws InvalidParameterException for a protocol or endpoint that is not modelled
   */
  subscribe(topicArn: string, protocol: string, endpoint: string, raw = false): Subscription {
    const topic = this.topic(topicArn);
    const known = protocolOf(protocol, endpoint);
    const existing = topic.subscriptions.find((one) => one.protocol === known && one.endpoint === endpoint);
    if (existing !== undefined) return existing;
    const subscription = { arn: `${topicArn}:${randomUUID()}`, protocol: known, endpoint, raw };
    topic.subscriptions.push(subscription);
    return subscription;
  }

  /** Keeps the message and sends it to each subscription, not waiting for any. */
  publish(topicArn: string, message: string, subject?: string, attributes: JsonObject = {}): Published {
    const topic = this.topic(topicArn);
    const { clock } = this.#options;
    const at = new Date(clock.now()).toISOString();
    const published: Published = { messageId: randomUUID(), subject, message, attributes, at };
    topic.remember(published);
    const line = { messageId: published.messageId, topicArn, time: at };
    this.#options.log?.(`/local/sns/${topic.name}`, 'published', JSON.stringify(line));
    for (const subscription of topic.subscriptions) this.#send(topic, subscription, published);
    return published;
  }

  /** What was published, oldest first. @throws NotFoundException */
  published(topicArn: string): readonly Published[] {
    return this.topic(topicArn).published;
  }

  /** @throws NotFoundException */
  topic(topicArn: string): Topic {
    const topic = this.#topics.get(topicArn);
    if (topic === undefined) throw new ServiceError('NotFoundException', 'Topic does not exist', 404);
    return topic;
  }

  /** In the order of their ARNs. */
  all(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  /** Resolves when no delivery is under way, retries included. */
  async idle(): Promise<void> {
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries);
  }

  service(): Service {
    return { name: 'sns', actions: topicActions(this) };
  }

  close(): void {
    this.#closing.abort();
    for (const topic of this.#topics.values()) topic.close();
  }

  #send(topic: Topic, subscription: Subscription, published: Published): void {
    const delivery = deliver(topic, subscription, published, {
      ...this.#options,
      signal: this.#closing.signal,
    })
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#options.report(error);
      })
      .finally(() => this.#deliveries.delete(delivery));
    this.#deliveries.add(delivery);
  }
}

function protocolOf(protocol: string, endpoint: string): Protocol {
  switch (protocol) {
    case 'sqs':
    case 'email':
    case 'sms':
      return protocol;
    case 'http':
      if (['127.0.0.1', 'localhost', '[::1]'].includes(hostOf(endpoint))) return protocol;
      throw new ServiceError(
        'InvalidParameterException',
        `The local runtime posts to this machine only, not to ${endpoint}`,
      );
    default:
      throw new ServiceError(
        'InvalidParameterException',
        `The local runtime does not model subscriptions of protocol ${protocol}`,
      );
  }
}

function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
}
