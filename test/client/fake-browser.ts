import type { StorageChange, Tabs, WebLocks, WebStorage } from '../../client';

/** What a browser can do for its tabs. */
export interface Abilities {
  readonly locks: boolean | 'refused';
  /** Without, a tab is not told of changes, as one that was frozen. */
  readonly events: boolean;
}

interface Request {
  readonly tab: object;
  readonly grant: () => Promise<void>;
}

/** A browser whose tabs have one storage in common, with its events and locks; what a tab is told comes a moment later. */
export class FakeBrowser {
  readonly items = new Map<string, string>();
  readonly #listeners = new Map<WebStorage, (change: StorageChange) => void>();
  /** By name: who holds it, and who waits for it. */
  readonly #locks = new Map<string, Request[]>();
  readonly #abilities: Abilities;

  constructor(abilities: Abilities) {
    this.#abilities = abilities;
  }

  open() {
    const storage = this.#storage();
    const tabs: Tabs = {
      locks: this.#abilities.locks === false ? undefined : this.#locksOf(storage),
      onChange: (listener) => {
        if (this.#abilities.events) this.#listeners.set(storage, listener);
        return () => this.#listeners.delete(storage);
      },
    };
    /** The tab is gone, without a word to its scripts. */
    const crash = () => {
      this.#listeners.delete(storage);
      for (const name of this.#locks.keys()) this.#release(name, storage);
    };
    return { storage, tabs, crash };
  }

  #storage(): WebStorage {
    const { items } = this;
    const change = (key: string, newValue: string | null) => {
      if (newValue === null) items.delete(key);
      else items.set(key, newValue);
      const others = [...this.#listeners].filter(([other]) => other !== storage);
      for (const [storageArea, listener] of others)
        queueMicrotask(() => listener({ key, newValue, storageArea }));
    };
    const storage: WebStorage = {
      get length() {
        return items.size;
      },
      key: (index) => [...items.keys()][index] ?? null,
      getItem: (key) => items.get(key) ?? null,
      setItem: change,
      removeItem: (key) => change(key, null),
    };
    return storage;
  }

  #locksOf(tab: object): WebLocks {
    if (this.#abilities.locks === 'refused')
      return { request: () => Promise.reject(new Error('SecurityError')) };
    return {
      request: (name, { signal }, granted) =>
        new Promise((resolve, reject) => {
          const request: Request = {
            tab,
            grant: async () => {
              await Promise.resolve();
              await granted();
              this.#remove(name, request);
              resolve(undefined);
            },
          };
          signal.addEventListener('abort', () => {
            if (this.#locks.get(name)?.[0] === request) return;
            this.#remove(name, request);
            reject(new Error('AbortError'));
          });
          const requests = this.#locks.get(name) ?? [];
          this.#locks.set(name, [...requests, request]);
          if (requests.length === 0) void request.grant();
        }),
    };
  }

  #remove(name: string, request: Request): void {
    const before = this.#locks.get(name) ?? [];
    const after = before.filter((one) => one !== request);
    this.#locks.set(name, after);
    if (before[0] === request) void after[0]?.grant();
  }

  #release(name: string, tab: object): void {
    for (const request of this.#locks.get(name) ?? []) if (request.tab === tab) this.#remove(name, request);
  }
}
