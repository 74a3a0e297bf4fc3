import type { JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { object, requiredText } from '../json/members';
import { messageFromJson, messageToJson, type Message } from './message';

/**
 * What happened to a queue's messages, one line each: `kept` with the message as it now is, or `gone` with its
 * id. Compacted when it is opened, and when it holds far more lines than messages.
 */
export class QueueJournal {
  readonly #file: JsonLines;

  constructor(path: string) {
    this.#file = new JsonLines(path);
  }

  /** The messages that were neither deleted nor purged, oldest first. */
  open(): Map<string, Message> {
    const messages = new Map<string, Message>();
    for (const line of this.#file.read()) {
      const kept = object(line, 'kept');
      if (kept === undefined) {
        messages.delete(requiredText(line, 'gone'));
      } else {
        const message = messageFromJson(kept);
        messages.set(message.id, message);
      }
    }
    if (this.#file.lines > messages.size) this.#file.rewrite([...messages.values()].map(keptLine));
    return messages;
  }

  kept(message: Message): void {
    this.#file.append(keptLine(message));
  }

  gone(id: string, messages: ReadonlyMap<string, Message>): void {
    this.#file.append({ gone: id });
    if (this.#file.lines > 5_000 + 4 * messages.size) {
      this.#file.rewrite([...messages.values()].map(keptLine));
    }
  }

  close(): void {
    this.#file.close();
  }
}

function keptLine(message: Message): JsonObject {
  return { kept: messageToJson(message) };
}
