import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { JsonObject } from '../json/json';
import { ServiceError } from '../service';
import type { Message } from './message';
import type { QueueJournal } from './queue-journal';

/** Times in seconds, with the ranges of the SQS API. */
export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  /** 0 to 43,200. */
  readonly visibilityTimeout: number;
  /** 60 to 1,209,600. */
  readonly retention: number;
  /** 0 to 900. */
  readonly delay: number;
  /** 0 to 20: how long a receive waits when it does not say. */
  readonly receiveWait: number;
  readonly redrive: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined;
}

const MAX_VISIBILITY_TIMEOUT_MS = 43_200_000;

/** A standard queue: at least once, roughly in order, a received message hidden until its visibility timeout. */
export class Queue {
  readonly settings: QueueSettings;
  readonly createdAt: number;
  readonly #clock: Clock;
  readonly #journal: QueueJournal | undefined;
  readonly #moveToDeadLetters: (targetArn: string, message: Message) => void;
  readonly #messages: Map<string, Message>;
  readonly #waiting = new Set<() => void>();

  constructor(
    settings: QueueSettings,
    deps: {
      clock: Clock;
      journal: QueueJournal | undefined;
      /** Puts a message that was received too often into the queue of that ARN. */
      moveToDeadLetters: (targetArn: string, message: Message) => void;
    },
  ) {
    this.settings = settings;
    this.#clock = deps.clock;
    this.#journal = deps.journal;
    this.#moveToDeadLetters = deps.moveToDeadLetters;
    this.createdAt = deps.clock.now();
    this.#messages = deps.journal?.open() ?? new Map<string, Message>();
    // A clock that ran fast before the restart would otherwise hide a message for days.
    const latest = this.createdAt + MAX_VISIBILITY_TIMEOUT_MS;
    for (const message of this.#messages.values()) message.visibleAt = Math.min(message.visibleAt, latest);
  }

  /** @param delay seconds until the first receive may get it; the queue's own unless told */
  send(body: string, attributes: JsonObject, sender: string, delay = this.settings.delay): Message {
    const now = this.#clock.now();
    return this.put({
      id: randomUUID(),
      body,
      attributes,
      sender,
      sentAt: now,
      deadLetterSource: undefined,
      visibleAt: now + delay * 1000,
      receiveCount: 0,
      firstReceivedAt: undefined,
      receiptHandle: undefined,
    });
  }

  put(message: Message): Message {
    this.#messages.set(message.id, message);
    this.#journal?.kept(message);
    for (const wake of this.#waiting) wake();
    return message;
  }

  /**
   * Up to `max` messages, each hidden for `visibilityTimeout` seconds. Waits up to `wait` seconds for the first.
   */
  async receive(max: number, visibilityTimeout?: number, wait?: number): Promise<Message[]> {
    const until = this.#clock.now() + (wait ?? this.settings.receiveWait) * 1000;
    for (;;) {
      const received = this.#take(max, visibilityTimeout ?? this.settings.visibilityTimeout);
      const remaining = until - this.#clock.now();
      if (received.length > 0 || remaining <= 0) return received;
      await this.#somethingVisible(remaining);
    }
  }

  /** Deletes what the receipt handle stands for; nothing when it is gone or was received again since. */
  delete(receiptHandle: string): void {
    const message = this.#messages.get(messageIdOf(receiptHandle));
    if (message?.receiptHandle === receiptHandle) this.#remove(message.id);
  }

  /** @throws MessageNotInflight when the message is visible again, InvalidParameterValue when it is gone */
  changeVisibility(receiptHandle: string, seconds: number): void {
    const now = this.#clock.now();
    const message = this.#messages.get(messageIdOf(receiptHandle));
    if (message?.receiptHandle !== receiptHandle) {
      throw new ServiceError(
        'InvalidParameterValue',
        'Message does not exist or is not available for visibility timeout change.',
      );
    }
    if (message.visibleAt <= now) {
      throw new ServiceError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    message.visibleAt = now + seconds * 1000;
    this.#journal?.kept(message);
    for (const wake of this.#waiting) wake();
  }

  purge(): void {
    for (const id of [...this.#messages.keys()]) this.#remove(id);
  }

  counts(): { readonly visible: number; readonly notVisible: number; readonly delayed: number } {
    this.#expire();
    const now = this.#clock.now();
    const hidden = [...this.#messages.values()].filter((message) => message.visibleAt > now);
    const delayed = hidden.filter((message) => message.receiveCount === 0).length;
    return { visible: this.#messages.size - hidden.length, notVisible: hidden.length - delayed, delayed };
  }

  /** Every message that is kept, received or not, without receiving it. */
  peek(): readonly Message[] {
    this.#expire();
    return [...this.#messages.values()];
  }

  close(): void {
    this.#journal?.close();
  }

  #take(max: number, visibilityTimeout: number): Message[] {
    this.#expire();
    const now = this.#clock.now();
    const taken: Message[] = [];
    for (const message of this.#messages.values()) {
      if (taken.length === max) break;
      if (message.visibleAt > now || this.#gaveUp(message)) continue;
      message.visibleAt = now + visibilityTimeout * 1000;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.receiptHandle = Buffer.from(`${message.id}/${randomUUID()}`).toString('base64');
      this.#journal?.kept(message);
      taken.push({ ...message });
    }
    return taken;
  }

  #gaveUp(message: Message): boolean {
    const { redrive } = this.settings;
    if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) return false;
    // Put there first: a crash between the two leaves it in both queues rather than in none.
    this.#moveToDeadLetters(redrive.deadLetterTargetArn, {
      ...message,
      deadLetterSource: this.settings.arn,
      receiveCount: 0,
      firstReceivedAt: undefined,
      receiptHandle: undefined,
    });
    this.#remove(message.id);
    return true;
  }

  #remove(id: string): void {
    this.#messages.delete(id);
    this.#journal?.gone(id, this.#messages);
  }

  #expire(): void {
    const oldest = this.#clock.now() - this.settings.retention * 1000;
    for (const message of this.#messages.values()) if (message.sentAt < oldest) this.#remove(message.id);
  }

  /** Resolves when a message was put, or the next hidden one becomes visible, or `limit` ms have passed. */
  #somethingVisible(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const now = this.#clock.now();
      const next = [...this.#messages.values()].reduce(
        (soonest, message) => Math.min(soonest, message.visibleAt - now),
        limit,
      );
      const done = () => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = this.#clock.after(Math.max(next, 1), done);
      this.#waiting.add(done);
    });
  }
}

/** @throws ReceiptHandleIsInvalid for text that no receive gave */
function messageIdOf(receiptHandle: string): string {
  const [id, receive] = Buffer.from(receiptHandle, 'base64').toString().split('/');
  if (id?.length !== 36 || receive?.length !== 36) {
    throw new ServiceError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  }
  return id;
}
