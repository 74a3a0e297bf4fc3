/** What is needed of `navigator.locks`: a lock is held until the promise ends that `granted` gives, or the page is gone. */
export interface WebLocks {
  request(
    name: string,
    options: { readonly signal: AbortSignal },
    granted: () => Promise<void>,
  ): Promise<unknown>;
}

/** What the event `storage` says about a change that another tab has made. */
export interface StorageChange {
  readonly key: string | null;
  readonly newValue: string | null;
  readonly storageArea: unknown;
}

/** By what the tabs of a browser know of each other. */
export interface Tabs {
  /** Undefined where there are none: in old browsers, and on pages that came over plain HTTP from another machine. */
  readonly locks: WebLocks | undefined;
  /** Calls for each change that another tab makes to the storage; returns what ends that. */
  onChange(listener: (change: StorageChange) => void): () => void;
}

type ChangeListener = (change: StorageChange) => void;

interface Page {
  addEventListener(type: 'storage', listener: ChangeListener): void;
  removeEventListener(type: 'storage', listener: ChangeListener): void;
}

/** The tabs of this browser; outside of one there are no others. */
export function browserTabs(): Tabs {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  const locks: unknown = isObject(navigator) ? Reflect.get(navigator, 'locks') : undefined;
  const page: unknown = globalThis;
  return {
    locks: isLocks(locks) ? locks : undefined,
    onChange: (listener) => {
      if (!isPage(page)) return () => {};
      page.addEventListener('storage', listener);
      return () => page.removeEventListener('storage', listener);
    },
  };
}

/** Holds locks under names, each from when it is free until `release`. */
export class HeldLocks {
  refused = false;
  readonly #locks: WebLocks;
  readonly #ended = new AbortController();
  readonly #untilReleased: Promise<void>;

  constructor(locks: WebLocks) {
    this.#locks = locks;
    this.#untilReleased = new Promise((resolve) => {
      this.#ended.signal.addEventListener('abort', () => resolve());
    });
  }

  /** Calls `granted` as soon as nobody else holds it, or the browser gives no locks to this page (see `refused`). */
  hold(name: string, granted: () => void): void {
    const { signal } = this.#ended;
    const held = () => {
      granted();
      return this.#untilReleased;
    };
    this.#locks.request(name, { signal }, held).catch(() => {
      if (signal.aborted) return;
      this.refused = true;
      granted();
    });
  }

  release(): void {
    this.#ended.abort();
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isLocks(value: unknown): value is WebLocks {
  return isObject(value) && typeof Reflect.get(value, 'request') === 'function';
}

function isPage(value: unknown): value is Page {
  return isObject(value) && typeof Reflect.get(value, 'addEventListener') === 'function';
}
