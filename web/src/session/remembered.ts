import * as z from 'zod/mini';

/** What is needed of `localStorage`, which may be full, switched off or hold anything. */
export type BrowserStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * A small table of things that this browser remembers under one key. What cannot be read counts as not there, and
 * what cannot be written is known for as long as the page lives.
 */
export class Remembered<Value> {
  readonly #storage: BrowserStorage;
  readonly #key: string;
  #values: Record<string, Value>;

  constructor(storage: BrowserStorage, key: string, schema: z.ZodMiniType<Value>) {
    this.#storage = storage;
    this.#key = `parley.${key}`;
    this.#values = read(storage, this.#key, z.record(z.string(), schema)) ?? {};
  }

  get(name: string): Value | undefined {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  entries(): [string, Value][] {
    return Object.entries(this.#values);
  }

  set(name: string, value: Value): void {
    this.#values = { ...this.#values, [name]: value };
    this.#write();
  }

  delete(name: string): void {
    if (!Object.hasOwn(this.#values, name)) return;
    this.#values = Object.fromEntries(Object.entries(this.#values).filter(([other]) => other !== name));
    this.#write();
  }

  #write(): void {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(this.#values));
    } catch {
      // Full or switched off: the table lives on in memory.
    }
  }
}

/** What is stored as JSON under a key; undefined where that is nothing of the kind. */
export function read<Value>(
  storage: BrowserStorage,
  key: string,
  schema: z.ZodMiniType<Value>,
): Value | undefined {
  try {
    const parsed = z.safeParse(schema, JSON.parse(storage.getItem(key) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
