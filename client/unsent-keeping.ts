import type { OwnEvent } from './events';
import type { UnsentEntry, UnsentStore } from './unsent-store';

/** Puts what is unsent into the store and takes it out again, and tells where the store fails. */
export class UnsentKeeping {
  readonly #store: UnsentStore;
  readonly #tell: (event: OwnEvent) => void;
  /** By clientMessageId: whether the store has it. */
  readonly #isKept = new Map<string, boolean>();

  constructor(store: UnsentStore, tell: (event: OwnEvent) => void) {
    this.#store = store;
    this.#tell = tell;
  }

  load(): UnsentEntry[] {
    const entries = this.#store.load();
    for (const { clientMessageId } of entries) this.#isKept.set(clientMessageId, true);
    return entries;
  }

  keep(entry: UnsentEntry): void {
    const { clientMessageId } = entry;
    try {
      this.#store.put(entry);
      this.#isKept.set(clientMessageId, true);
    } catch (error) {
      // Said once. What is there as it was before survives a reload.
      if (this.#isKept.has(clientMessageId)) return;
      this.#isKept.set(clientMessageId, false);
      this.#tell({ type: 'unkept', clientMessageId, error });
    }
  }

  forget(entry: UnsentEntry): void {
    const { clientMessageId } = entry;
    this.#isKept.delete(clientMessageId);
    try {
      this.#store.remove(entry);
    } catch (error) {
      this.#tell({ type: 'unkept', clientMessageId, error });
    }
  }

  /** What another client has made of an entry: that is what is there, or it is gone. Undefined where that is nothing. */
  changeTo({ clientMessageId, owner }: UnsentEntry): { readonly there: UnsentEntry | undefined } | undefined {
    if (this.#store.find === undefined || this.#isKept.get(clientMessageId) !== true) return undefined;
    const there = this.#store.find(clientMessageId);
    const isAsItWas = there !== undefined && there.failure === undefined && there.owner === owner;
    return isAsItWas ? undefined : { there };
  }
}
