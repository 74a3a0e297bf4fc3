import type { EventOf } from '../../../client';
import { Store } from '../session/store';

export type NumberedPush = EventOf<'message' | 'edited' | 'deleted' | 'tombstone'>;

/** Something that somebody said, or what is left of it. */
export interface Message {
  readonly kind: 'message';
  /** Its place: the number in the room. */
  readonly order: number;
  readonly messageId: string;
  readonly clientMessageId: string | undefined;
  readonly senderId: string;
  readonly sender: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly text: string;
  /** The number of the last edit; 0 where there was none. */
  readonly edited: number;
  readonly deleted: boolean;
}

/** A number whose text cannot be told any more, and whose sender is not known. */
export interface Missing {
  readonly kind: 'missing';
  readonly order: number;
  readonly reason: EventOf<'tombstone'>['reason'];
}

/** A line between messages: who came and went, and what became of an interruption. */
export interface Line {
  readonly kind: 'line';
  readonly order: number;
  readonly tone: 'notice' | 'recovered' | 'gap';
  readonly text: string;
  readonly at: number;
  /** Of a gap: the numbers between which messages are missing, where the history may have them. */
  readonly between?: Between | undefined;
}

/** Neither bound is meant. */
export interface Between {
  readonly after: number;
  readonly before: number;
}

export type Entry = Message | Missing | Line;

interface Change {
  readonly seq: number;
  /** Undefined for a deletion. */
  readonly text: string | undefined;
}

/** Lines stand between two numbers: so far apart that there is room for thousands. */
const LINE_STEP = 1e-5;

/**
 * What is loaded of a room, in order, each message once. Numbered messages may come live, by recovery or from the
 * history, in any overlap; edits and deletions find their message also when it is loaded later.
 */
export class Timeline {
  readonly entries = new Store<readonly Entry[]>([]);
  /** Names of those who wrote what is loaded, by user id. */
  readonly authors = new Store<ReadonlyMap<string, string>>(new Map());
  readonly #messages = new Map<string, Message>();
  readonly #numbers = new Set<number>();
  readonly #changes = new Map<string, Change>();
  #first: number | undefined;
  #last = 0;

  /** The lowest number that was taken, whether or not anything is to be seen of it. */
  get first(): number | undefined {
    return this.#first;
  }

  /** The highest order, of lines too. */
  get last(): number {
    return this.#last;
  }

  /** Takes messages of one page or one push. */
  take(pushes: readonly NumberedPush[]): void {
    const fresh: Entry[] = [];
    for (const push of pushes) {
      switch (push.type) {
        case 'message':
          this.#add(messageOf(push), fresh);
          break;
        case 'tombstone':
          if (this.#numbers.has(push.seq)) break;
          this.#numbers.add(push.seq);
          fresh.push({ kind: 'missing', order: push.seq, reason: push.reason });
          break;
        case 'edited':
          this.#change(push.ref, { seq: push.seq, text: push.message }, fresh);
          break;
        case 'deleted':
          this.#change(push.ref, { seq: push.seq, text: undefined }, fresh);
          break;
      }
      this.#first = Math.min(this.#first ?? push.seq, push.seq);
      this.#last = Math.max(this.#last, push.seq);
    }
    if (fresh.length > 0) this.entries.update((entries) => merged(entries, fresh));
  }

  /** Puts a line after everything that is here. */
  line(tone: Line['tone'], text: string, at: number, between?: Between): void {
    this.#last += LINE_STEP;
    const line: Line = { kind: 'line', order: this.#last, tone, text, at, between };
    this.entries.update((entries) => [...entries, line]);
  }

  removeLine(order: number): void {
    this.entries.update((entries) =>
      entries.filter((entry) => entry.kind !== 'line' || entry.order !== order),
    );
  }

  /** The room was started anew: its numbers begin again, and what was here cannot be placed any more. */
  clear(): void {
    this.#messages.clear();
    this.#numbers.clear();
    this.#changes.clear();
    this.#first = undefined;
    this.#last = 0;
    this.entries.set([]);
    this.authors.set(new Map());
  }

  message(messageId: string): Message | undefined {
    return this.#messages.get(messageId);
  }

  #add(message: Message, fresh: Entry[]): void {
    if (this.#numbers.has(message.order)) return;
    this.#numbers.add(message.order);
    const changed = withChange(message, this.#changes.get(message.messageId));
    this.#messages.set(message.messageId, changed);
    fresh.push(changed);
    if (!this.authors.get().has(message.senderId)) {
      this.authors.update((authors) => new Map([...authors, [message.senderId, message.sender]]));
    }
  }

  #change(messageId: string, change: Change, fresh: Entry[]): void {
    const known = this.#changes.get(messageId);
    if (known !== undefined && (known.text === undefined || known.seq >= change.seq)) return;
    this.#changes.set(messageId, change);
    const message = this.#messages.get(messageId);
    if (message === undefined) return;
    const changed = withChange(message, change);
    this.#messages.set(messageId, changed);
    const replace = <E extends Entry>(entry: E) => (entry === message ? changed : entry);
    const index = fresh.indexOf(message);
    if (index >= 0) fresh[index] = changed;
    else this.entries.update((entries) => entries.map(replace));
  }
}

function messageOf(push: EventOf<'message'>): Message {
  return {
    kind: 'message',
    order: push.seq,
    messageId: push.messageId,
    clientMessageId: push.clientMessageId,
    senderId: push.senderId,
    sender: push.sender,
    at: Date.parse(push.timestamp),
    text: push.message,
    edited: push.rev ?? 0,
    deleted: false,
  };
}

/** An older edit than the one that history folded in changes nothing. */
function withChange(message: Message, change: Change | undefined): Message {
  if (change === undefined) return message;
  if (change.text === undefined) return { ...message, text: '', deleted: true };
  return change.seq > message.edited ? { ...message, text: change.text, edited: change.seq } : message;
}

/** Live messages go to the end and pages of history to the start, so that nearly always nothing has to be sorted. */
function merged(entries: readonly Entry[], fresh: readonly Entry[]): Entry[] {
  const first = fresh[0];
  const last = entries.at(-1);
  if (first !== undefined && fresh.length === 1 && (last === undefined || first.order > last.order)) {
    return [...entries, first];
  }
  const all =
    first === undefined || last === undefined || first.order > last.order
      ? [...entries, ...fresh]
      : [...fresh, ...entries];
  const sorted = all.every((entry, index) => index === 0 || (all[index - 1]?.order ?? 0) <= entry.order);
  return sorted ? all : all.sort((one, other) => one.order - other.order);
}
