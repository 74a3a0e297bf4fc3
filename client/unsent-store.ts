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
  /** Why the server refused it for good. It stays until somebody says `retry` or `discard`. */
  failure: z.optional(z.object({ reason: z.string(), message: z.string() })),
});

/** A message that this client still holds, with the command that sends it. */
export type UnsentEntry = Readonly<z.infer<typeof entry>>;

/** Where the unsent queue is kept. One item per message, so that two tabs do not overwrite each other's. */
export interface UnsentStore {
  /** What an earlier life of this client left, in the order of queueing. */
  load(): UnsentEntry[];
  /** Keeps an entry, or what has become of it. Throws where there is no place for it. */
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

/** What one person may leave in a browser, which holds 5 MB for everything of an origin. */
const MOST_ENTRIES = 200;
const MOST_CHARACTERS = 500_000;

/** Survives a reload of the page. `account` keeps people who share a browser apart; it is part of the keys. */
export class WebStorageStore implements UnsentStore {
  readonly #storage: WebStorage;
  readonly #prefix: string;

  constructor(storage: WebStorage, account: string) {
    this.#storage = storage;
    this.#prefix = `parley.unsent.${account}.`;
  }

  load(): UnsentEntry[] {
    return this.#keys()
      .flatMap((key) => this.#read(key))
      .sort(byQueueing);
  }

  /** @throws Error where this person has left too much here already, and what the storage throws when it is full */
  put(entry: UnsentEntry): void {
    const key = this.#prefix + entry.clientMessageId;
    const text = JSON.stringify(entry);
    const others = this.#keys().filter((other) => other !== key);
    const sizes = others.map((other) => this.#storage.getItem(other)?.length ?? 0);
    const size = sizes.reduce((sum, one) => sum + one, text.length);
    if (others.length >= MOST_ENTRIES || size > MOST_CHARACTERS)
      throw new Error('Too much is unsent already.');
    this.#storage.setItem(key, text);
  }

  remove({ clientMessageId }: UnsentEntry): void {
    this.#storage.removeItem(this.#prefix + clientMessageId);
  }

  /** Forgets all that this person has left here, e.g. when they sign out. */
  clear(): void {
    for (const key of this.#keys()) this.#storage.removeItem(key);
  }

  #keys(): string[] {
    const all = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? '');
    return all.filter((key) => key.startsWith(this.#prefix));
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
