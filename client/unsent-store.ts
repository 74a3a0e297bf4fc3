import * as z from 'zod/mini';
import { browserTabs, HeldLocks, type Tabs } from './tabs';

const entry = z.object({
  clientMessageId: z.string(),
  /** Messages of one lane go out one after the other. */
  lane: z.string(),
  /** Milliseconds since the Unix epoch. */
  queuedAt: z.number(),
  /** Tells those of the same millisecond apart. */
  order: z.number(),
  /** Which client has it to send, where several have the store in common. */
  owner: z.optional(z.string()),
  /** When it first went out, in milliseconds since the Unix epoch, unless the server has said that it did not keep it. */
  triedAt: z.optional(z.number()),
  command: z.intersection(z.object({ action: z.string() }), z.record(z.string(), z.unknown())),
  /** Why the server refused it for good. It stays until somebody says `retry` or `discard`. */
  failure: z.optional(z.object({ reason: z.string(), message: z.string() })),
});

/** A message that this client still holds, with the command that sends it. */
export type UnsentEntry = Readonly<z.infer<typeof entry>>;

/** What a client is told of the others that have the store in common with it. */
export interface SharedStoreEvents {
  /** Nobody else sends any more what this one had to send, or nobody can tell; now this client does. */
  inherited(owner: string | undefined): void;
  /** Another client has put an entry, or has removed it (undefined). */
  changed(clientMessageId: string, entry: UnsentEntry | undefined): void;
}

/** A client's part in a store that several have in common. */
export interface StoreShare {
  /** Whether two clients never have the same entry to send, as far as the browser has said by now. */
  readonly isExclusive: boolean;
  /** From now on others may send what this one has left. */
  leave(): void;
}

/** Where the unsent queue is kept. One item per message, so that two tabs do not overwrite each other's. */
export interface UnsentStore {
  /** What an earlier life of this client left, in the order of queueing. */
  load(): UnsentEntry[];
  /** Keeps an entry, or what has become of it. Throws where there is no place for it. */
  put(entry: UnsentEntry): void;
  remove(entry: UnsentEntry): void;
  /** Of a store that several clients may have in common: an entry as it is there now. */
  find?(clientMessageId: string): UnsentEntry | undefined;
  /** Likewise: takes part, as this owner. Who sends what an earlier life left is told by `inherited` alone. */
  share?(owner: string, events: SharedStoreEvents): StoreShare;
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

/**
 * Survives a reload of the page. `account` keeps people who share a browser apart; it is part of the keys.
 *
 * Tabs have it in common. Each sends what it has queued itself, and holds a lock under its own name while it lives; who
 * waits for that lock and gets it knows that the tab is gone, and sends the rest. It keeps the lock, so that there is
 * one heir. Without locks (see `Tabs`), also where the browser refuses them, each tab sends all that it finds when it is
 * loaded, and looks before it does whether another has sent it or given it up meanwhile.
 */
export class WebStorageStore implements UnsentStore {
  readonly #storage: WebStorage;
  readonly #prefix: string;
  readonly #tabs: Tabs;

  constructor(storage: WebStorage, account: string, tabs = browserTabs()) {
    this.#storage = storage;
    this.#prefix = `parley.unsent.${account}.`;
    this.#tabs = tabs;
  }

  /** Leaves what cannot be read: it is of another version, whose tab may be there and send it. */
  load(): UnsentEntry[] {
    return this.#keys()
      .flatMap((key) => parsed(this.#storage.getItem(key)) ?? [])
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

  find(clientMessageId: string): UnsentEntry | undefined {
    return parsed(this.#storage.getItem(this.#prefix + clientMessageId));
  }

  share(owner: string, events: SharedStoreEvents): StoreShare {
    const locks = this.#tabs.locks && new HeldLocks(this.#tabs.locks);
    const followed = new Set<string | undefined>([owner]);
    const follow = (entry: UnsentEntry) => {
      const { owner: other, failure } = entry;
      // What was refused is nobody's to send.
      if (failure !== undefined || followed.has(other)) return;
      followed.add(other);
      locks?.hold(this.#prefix + (other ?? ''), () => events.inherited(other));
    };
    locks?.hold(this.#prefix + owner, () => {});
    const unlisten = this.#tabs.onChange(({ key, newValue, storageArea }) => {
      if (storageArea !== this.#storage || key?.startsWith(this.#prefix) !== true) return;
      const entry = parsed(newValue);
      // What cannot be read is of another version, and not gone.
      if (entry === undefined && newValue !== null) return;
      events.changed(key.slice(this.#prefix.length), entry);
      if (entry !== undefined) follow(entry);
    });
    const there = this.load();
    for (const entry of there) follow(entry);
    if (locks === undefined)
      for (const other of new Set(there.map((entry) => entry.owner))) events.inherited(other);
    return {
      get isExclusive() {
        return locks?.refused === false;
      },
      leave: () => {
        unlisten();
        locks?.release();
      },
    };
  }

  /** Forgets all that this person has left here, e.g. when they sign out. */
  clear(): void {
    for (const key of this.#keys()) this.#storage.removeItem(key);
  }

  #keys(): string[] {
    const all = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? '');
    return all.filter((key) => key.startsWith(this.#prefix));
  }
}

function parsed(text: string | null): UnsentEntry | undefined {
  try {
    return entry.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

export function byQueueing(one: UnsentEntry, other: UnsentEntry): number {
  return one.queuedAt - other.queuedAt || one.order - other.order;
}
