import { join } from 'node:path';
import type { Clock } from '../clock';
import type { Service } from '../service';
import { ServiceError } from '../service';
import { ACCOUNT } from '../template/resource-model';
import { Queue, type QueueSettings } from './queue';
import { queueActions } from './queue-actions';
import { QueueJournal } from './queue-journal';

export interface QueuesOptions {
  readonly clock: Clock;
  /** Where the AWS APIs of this runtime answer, e.g. `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** Where the messages are kept across restarts; in memory only without it. */
  readonly dataDir?: string;
}

/** SQS: the standard queues of a template. */
export class Queues {
  readonly #clock: Clock;
  readonly #baseUrl: string;
  readonly #dataDir: string | undefined;
  readonly #queues = new Map<string, Queue>();

  constructor(options: QueuesOptions) {
    this.#clock = options.clock;
    this.#baseUrl = options.baseUrl;
    this.#dataDir = options.dataDir;
  }

  declare(settings: QueueSettings): Queue {
    const journal =
      this.#dataDir === undefined
        ? undefined
        : new QueueJournal(join(this.#dataDir, 'queues', `${settings.name}.jsonl`));
    const queue = new Queue(settings, {
      clock: this.#clock,
      journal,
      moveToDeadLetters: (targetArn, message) => {
        this.byArn(targetArn).put(message);
      },
    });
    this.#queues.set(settings.name, queue);
    return queue;
  }

  /** `http://127.0.0.1:<port>/<account>/<name>`. */
  url(name: string): string {
    return `${this.#baseUrl}/${ACCOUNT}/${name}`;
  }

  /** By the last part of the URL, so that a URL of another host or port finds it too. @throws QueueDoesNotExist */
  byUrl(url: string): Queue {
    return this.byName(url.split('/').at(-1) ?? '');
  }

  /** @throws QueueDoesNotExist */
  byArn(arn: string): Queue {
    return this.byName(arn.split(':').at(-1) ?? '');
  }

  /** @throws QueueDoesNotExist */
  byName(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      throw new ServiceError('QueueDoesNotExist', `The specified queue does not exist: ${name}`);
    }
    return queue;
  }

  /** In the order of their names. */
  all(): Queue[] {
    return [...this.#queues.values()].sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
  }

  service(): Service {
    return { name: 'sqs', actions: queueActions(this) };
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }
}
