import type { AcceptedReply } from '../handlers/chat/protocol/replies';
import { closed, withdrawn, type CommandError } from './errors';
import type { OwnEvent } from './events';

interface Waiting {
  resolve(reply: AcceptedReply): void;
  reject(error: CommandError): void;
}

/**
 * Tells what became of messages: everybody by an event, and who has sent one by what `send` gave. Those of an earlier
 * life have nobody who waits.
 */
export class Outcomes {
  readonly #tell: (event: OwnEvent) => void;
  readonly #waiting = new Map<string, Waiting>();

  constructor(tell: (event: OwnEvent) => void) {
    this.#tell = tell;
  }

  of(clientMessageId: string): Promise<AcceptedReply> {
    return new Promise((resolve, reject) => this.#waiting.set(clientMessageId, { resolve, reject }));
  }

  accepted(clientMessageId: string, reply: AcceptedReply): void {
    this.#take(clientMessageId)?.resolve(reply);
    this.#tell({ type: 'accepted', clientMessageId, reply });
  }

  unsendable(clientMessageId: string, error: CommandError): void {
    this.#take(clientMessageId)?.reject(error);
    this.#tell({ type: 'unsendable', clientMessageId, error });
  }

  withdrawn(clientMessageId: string): void {
    this.#take(clientMessageId)?.reject(withdrawn());
    this.#tell({ type: 'withdrawn', clientMessageId });
  }

  close(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(closed());
    this.#waiting.clear();
  }

  #take(clientMessageId: string): Waiting | undefined {
    const waiting = this.#waiting.get(clientMessageId);
    this.#waiting.delete(clientMessageId);
    return waiting;
  }
}
