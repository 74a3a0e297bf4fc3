/** Fields whose values are the server's own choice, so that documents can only show what they look like. */
const CHOSEN = new Set(['epoch', 'timestamp', 'connectionId', 'traceId', 'group_id']);
/** Of these the documents may show one value for several. */
const MOMENTARY = new Set(['timestamp', 'traceId']);
/** A meeting's id is random, and that of a direct room where its people's are; others are what they are everywhere. */
const RANDOM = /^[md]_[0-9a-z]{14}$/;
/** Lists that have no order. */
const UNORDERED = new Set(['members', 'connected_users', 'rooms']);

/**
 * Holds a documented conversation against what really came. The first time that a documented value of the server's
 * own choice is met, it comes to stand for the live one; from then on both must always come together.
 */
export class Retold {
  readonly #live = new Map<string, string>();

  /** What a documented frame has to be when it is sent today: with live ids in the place of documented ones. */
  translate<T>(documented: T): T {
    let text = JSON.stringify(documented);
    for (const [value, live] of this.#live) text = text.replaceAll(value, live);
    return JSON.parse(text) as T;
  }

  /** The documented frame with live values, and the live one, both with lists in one order: they should be equal. */
  pair(documented: unknown, live: unknown): [expected: unknown, actual: unknown] {
    const inLiveOrder = inOrder(documented, '', (key) => this.translate(key));
    this.#meet(inLiveOrder, inOrder(live));
    return [inOrder(this.translate(documented)), inOrder(live)];
  }

  /** Somebody whose id is another one wherever they have an account. */
  introduce(documented: string, live: string): void {
    this.#live.set(documented, live);
  }

  #meet(documented: unknown, live: unknown, field = ''): void {
    if (typeof documented === 'string' && typeof live === 'string') {
      const chosen = CHOSEN.has(field) || (RANDOM.test(documented) && RANDOM.test(live));
      if (chosen && (MOMENTARY.has(field) || !this.#live.has(documented))) this.#live.set(documented, live);
    } else if (isObject(documented) && isObject(live)) {
      for (const [key, value] of Object.entries(documented)) {
        this.#meet(value, live[this.translate(key)], key);
      }
    }
  }
}

function inOrder(value: unknown, field = '', rank = (key: string) => key): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => inOrder(item, '', rank));
    return UNORDERED.has(field)
      ? items.toSorted((a, b) => (rank(keyOf(a)) < rank(keyOf(b)) ? -1 : 1))
      : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOrder(item, key, rank)]));
}

function keyOf(item: unknown): string {
  const { userId, roomId } = item as { userId?: string; roomId?: string };
  return userId ?? roomId ?? '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
