import * as z from 'zod/mini';

const entry = z.object({
  clientMessageId: z.string(),
  /** Messages of one lane go out one after the other. */
  lane: z.string(),
  /** Milliseconds since the Unix epoch. */
  queuedAt: z.number(),
  /** Tells those of the same millisecond apart. */
  order: z.number(),
  command: z.intersection(z.object({ action: z.string() }), z.record(z.string(), z.unknown())),
});

/** A message that this client still holds, with the command that sends it. */
export type UnsentEntry = Readonly<z.infer<typeof entry>>;

/** Where the unsent queue is kept. One item per message, so that two tabs do not overwrite each other's. */
export interface UnsentStore {
  /** What an earlier life of this client left, in the order of queueing. */
  load(): UnsentEntry[];
  put(entry: UnsentEntry): void;
  remove(entry: UnsentEntry): void;
}

/** Survives lost connections, but not the process. */
export class MemoryStore implements UnsentStore {
  readonly #entries = new Map<string, UnsentEntry>();

  load(): UnsentEntry[] {
    return [...this.#entries.values()].sort(byQueueing);
  }

  put(entry: UnsentEntry): void {
    this.#entries.set(entry.clientMessageId, entry);
  }

  remove({ clientMessageId }: UnsentEntry): void {
    this.#entries.delete(clientMessageId);
  }
}

/** What is needed of the browser's `localStorage`. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Survives a reload of the page. `account` keeps people who share a browser apart; it is part of the keys. */
export class WebStorageStore implements UnsentStore {
  readonly #storage: WebStorage;
  readonly #prefix: string;

  constructor(storage: WebStorage, account: string) {
    this.#storage = storage;
    this.#prefix = `parley.unsent.${account}.`;
  }

  load(): UnsentEntry[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    return keys
      .flatMap((key) => (key?.startsWith(this.#prefix) === true ? this.#read(key) : []))
      .sort(byQueueing);
  }

  put(entry: UnsentEntry): void {
    this.#storage.setItem(this.#prefix + entry.clientMessageId, JSON.stringify(entry));
  }

  remove({ clientMessageId }: UnsentEntry): void {
    this.#storage.removeItem(this.#prefix + clientMessageId);
  }

  /** What cannot be read was not written by this version, and nobody will ever be able to send it. */
  #read(key: string): UnsentEntry[] {
    try {
      return [entry.parse(JSON.parse(this.#storage.getItem(key) ?? ''))];
    } catch {
      this.#storage.removeItem(key);
      return [];
    }
  }
}

export function byQueueing(one: UnsentEntry, other: UnsentEntry): number {
  return one.queuedAt - other.queuedAt || one.order - other.order;
}
