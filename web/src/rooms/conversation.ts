import type { Commands, EventOf, ParleyClient } from '../../../client';
import { Meanwhile } from '../people/meanwhile';
import { Presence } from '../people/presence';
import type { Person } from '../people/people';
import { OutgoingMessages } from '../talking/outgoing';
import { Past } from '../talking/past';
import { Receipts } from '../talking/receipts';
import { Timeline, type NumberedPush } from '../talking/timeline';
import { Typing } from '../talking/typing';
import { Store } from '../session/store';

export type RoomSummary = Awaited<ReturnType<Commands['rooms']>>['rooms'][number];

/** What the list shows of a room or a private conversation. */
export interface About {
  readonly kind: RoomSummary['kind'];
  /** A channel's or meeting's name; of a private conversation the other one's, as far as known. */
  readonly name: string;
  readonly role: RoomSummary['role'];
  readonly unread: number;
  /** Of a meeting, where the server has said it. */
  readonly media: RoomSummary['media'];
  /** Of a meeting that one hosts. */
  readonly code: string | undefined;
  /** Why nothing can be written here any more. */
  readonly over: string | undefined;
}

/** One room, or the conversation with one person that may not have begun yet. */
export class Conversation {
  readonly about: Store<About>;
  readonly timeline = new Timeline();
  readonly past: Past;
  readonly presence = new Presence();
  readonly typing = new Typing();
  readonly outgoing: OutgoingMessages;
  readonly receipts: Receipts;
  /** People who ask to be let into this meeting. */
  readonly waiting = new Store<readonly Person[]>([]);
  readonly #meanwhile = new Meanwhile();
  /** Undefined while nobody has written yet, or nothing is known of it. */
  roomId: string | undefined;
  /** The other one of a private conversation. */
  partner: string | undefined;
  /** Up to where it was read when it was opened, for the line above what is new. */
  readUpTo = 0;
  #isListed = false;
  /** The connection was lost, and what was missed here is not recovered yet. */
  #wasAway = false;
  /** What others said in the meantime, as far as it has come. */
  #missed = 0;

  constructor(
    /** Stays the same for as long as the page lives: a room id, or `@` and a user id. */
    readonly key: string,
    private readonly client: ParleyClient,
    about: About,
    /** Told of everybody who is here. */
    private readonly hear: (people: readonly Person[]) => void,
  ) {
    this.about = new Store(about);
    this.past = new Past(client, this.timeline);
    this.outgoing = new OutgoingMessages(client);
    this.receipts = new Receipts(client);
  }

  change(change: Partial<About>): void {
    this.about.update((about) => ({ ...about, ...change }));
  }

  /** The server's view; counts that this page keeps itself are left alone once they were set. */
  listed({ roomId, kind, role, unread, seq, readSeq, media, group_id: code }: RoomSummary): void {
    if (!this.#isListed) {
      this.#isListed = true;
      this.readUpTo = readSeq;
      this.receipts.startAt(Math.min(seq, readSeq), readSeq);
      this.change({ unread });
    }
    this.roomId = roomId;
    this.change({ kind, role, media, code, over: undefined });
    this.receipts.received(roomId, seq);
  }

  /** @param isLooking whether the person has it in front of them */
  take(push: NumberedPush, me: string | undefined, isLooking: boolean): void {
    this.timeline.take([push]);
    if (push.type === 'tombstone') return;
    this.outgoing.drop(push.clientMessageId);
    this.typing.stopped(push.senderId);
    if (push.type !== 'message') return;
    const isOfOthers = push.senderId !== me;
    if (isOfOthers && this.#wasAway) this.#missed += 1;
    const isNews = isOfOthers && !isLooking;
    if (isNews) this.change({ unread: this.about.get().unread + 1 });
    if (isOfOthers) this.receipts.received(push.roomId, push.seq);
    if (push.senderId === this.partner) this.presence.came({ userId: push.senderId, name: push.sender });
  }

  /** There is no connection: whatever is said here now has to be recovered later. */
  interrupted(): void {
    this.#wasAway = true;
    this.#missed = 0;
  }

  recovered(event: EventOf<'recovery'>): void {
    const now = Date.now();
    const wasAway = this.#wasAway;
    this.#wasAway = false;
    if (event.recovered) {
      // A single late message is fetched all the time, and nobody needs to hear of it.
      const missed = Math.min(event.messages, this.#missed);
      if (wasAway && missed > 0) {
        this.timeline.line(
          'recovered',
          `Back again. ${counted(missed)} came in the meantime, all recovered.`,
          now,
        );
      }
      return;
    }
    if (event.reason === 'epoch_changed') {
      this.timeline.clear();
      this.receipts.clear();
      this.past.forget();
      this.timeline.line('gap', 'This room was started anew on the server. Messages may be missing.', now);
      if (this.roomId !== undefined) void this.past.begin(this.roomId);
      return;
    }
    const between = event.to === undefined ? undefined : { after: event.from.seq, before: event.to.seq + 1 };
    this.timeline.line(
      'gap',
      `Messages that came while you were away could not be recovered${REASONS[event.reason]}.`,
      now,
      between,
    );
  }

  /** Tells the others that everything up to here was read. */
  read(): void {
    if (this.about.get().unread > 0) this.change({ unread: 0 });
    const last = Math.floor(this.timeline.last);
    if (this.roomId !== undefined && last > 0) this.receipts.read(this.roomId, last);
  }

  /** Somebody asks to be let in. */
  waits({ userId, name }: Person): void {
    this.#meanwhile.change(() =>
      this.waiting.update((waiting) => [
        ...waiting.filter((person) => person.userId !== userId),
        { userId, name },
      ]),
    );
  }

  /** Somebody who asked to be let in is in, or was refused. */
  waitsNoMore(userId: string): void {
    this.#meanwhile.change(() => {
      const waiting = this.waiting.get();
      const others = waiting.filter((person) => person.userId !== userId);
      if (others.length < waiting.length) this.waiting.set(others);
    });
  }

  /** Whether the other one of a private conversation was here when that was heard of last. */
  readonly isPartnerHere = (): boolean =>
    this.presence.here.get().people.some(({ userId }) => userId === this.partner);

  /** Loads what an opened conversation shows. What fails is tried again with the next connection. */
  async open(): Promise<void> {
    const { roomId } = this;
    if (roomId === undefined) return;
    await Promise.all([this.past.begin(roomId), this.askWhoIsHere()]);
  }

  /** What fails is asked again with the next connection. */
  async askWhoIsHere(): Promise<void> {
    if (this.roomId === undefined) return;
    try {
      const asked = this.presence.ask(this.client, this.roomId);
      const { members, receipts, waiting } = await this.#meanwhile.ask(
        asked,
        ({ waiting: now }) => now !== undefined && this.waiting.set(now),
      );
      this.hear([...members, ...(waiting ?? [])]);
      this.receipts.told(receipts ?? [], this.client.me?.userId);
    } catch {
      // The next connection asks.
    }
  }

  /** @throws CommandError where it can never be sent */
  send(text: string): Promise<void> {
    const target = this.roomId === undefined ? { userId: this.partner ?? '' } : { room: this.roomId };
    return this.outgoing.send(target, text);
  }
}

const REASONS = {
  retention: ': they were kept no longer',
  too_far: ' at once: they are too many',
  missing: ': the server does not have them',
  not_member: ': you are no longer in this room',
  refused: ': the server does not say why',
};

function counted(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`;
}
