import type { EventOf, ParleyClient, UnsentEntry } from '../../../client';
import type { People, Person } from '../people/people';
import { Store } from '../session/store';
import type { NumberedPush } from '../talking/timeline';
import { Conversation, type About, type RoomSummary } from './conversation';

/** Who is here is asked for so many conversations at most, and not more often: each is a command. */
const ASKED = 20;
const ASKED_EVERY_MS = 60_000;

const UNKNOWN: About = {
  kind: 'channel',
  name: '',
  role: 'member',
  unread: 0,
  media: undefined,
  code: undefined,
  over: undefined,
};

/** All rooms and private conversations of a person, fed by the client's events. */
export class Conversations {
  readonly all = new Store<readonly Conversation[]>([]);
  /** What is in front of the person; undefined on a phone that shows the list. */
  readonly open = new Store<Conversation | undefined>(undefined);
  /** Whether the person chose it. What opens by itself leaves the keyboard where it is. */
  isAsked = false;
  /** False until the server has said which rooms there are. */
  readonly listed = new Store(false);
  readonly #client: ParleyClient;
  readonly #people: People;
  /** Whether the open conversation is really looked at, and not only open in a window somewhere. */
  readonly #isLooking: () => boolean;
  #askedAt = 0;

  constructor(client: ParleyClient, people: People, isLooking: () => boolean) {
    this.#client = client;
    this.#people = people;
    this.#isLooking = isLooking;
    for (const type of ['message', 'edited', 'deleted', 'tombstone'] as const) {
      client.on(type, (push) => this.#take(push));
    }
    client.on('joined', (push) => this.#notice(push));
    client.on('left', (push) => this.#notice(push));
    client.on('renamed', (push) => this.#notice(push));
    client.on('typing', (push) => {
      this.inRoom(push.roomId)?.typing.heard(push);
      this.withPerson(push.userId)?.presence.came(push);
    });
    client.on('receipts', ({ roomId, receipts }) =>
      this.inRoom(roomId)?.receipts.told(receipts, client.me?.userId),
    );
    client.on('recovery', (event) => this.inRoom(event.roomId)?.recovered(event));
    client.on('disconnected', () => this.all.get().forEach((conversation) => conversation.interrupted()));
    client.on('removed', (push) => this.#removed(push));
    client.on('unsendable', (event) => {
      for (const conversation of this.all.get()) conversation.outgoing.refused(event);
    });
    client.on('withdrawn', ({ clientMessageId }) => this.#settled(clientMessageId));
    client.on('accepted', ({ clientMessageId, reply: { roomId, seq } }) => {
      // What an earlier page got through stands in what was said before; nothing comes in about it any more.
      const { seq: delivered = 0 } = client.positions()[roomId] ?? {};
      if (seq <= delivered) this.#settled(clientMessageId);
    });
  }

  inRoom(roomId: string): Conversation | undefined {
    return this.all.get().find((conversation) => conversation.roomId === roomId);
  }

  withPerson(userId: string): Conversation | undefined {
    return this.all.get().find(({ partner }) => partner === userId);
  }

  /** Asks the server for all rooms; what is new here is added, what is gone there is taken away. */
  async refresh(): Promise<void> {
    const before = new Set(this.all.get());
    let after: string | undefined;
    do {
      const page = await this.#client.commands.rooms(after === undefined ? {} : { after });
      for (const room of page.rooms) {
        const conversation = this.entered(room.roomId, room.kind, room.room, room.partner);
        conversation.listed(room);
        before.delete(conversation);
      }
      after = page.next ?? undefined;
    } while (after !== undefined);
    this.#unlisted(before);
    this.listed.set(true);
    void this.askAround();
  }

  /**
   * Whether the others of private conversations are here, and who waits to be let into one's own meetings: of neither
   * is anybody told who was not there when it happened.
   */
  async askAround(): Promise<void> {
    if (Date.now() - this.#askedAt < ASKED_EVERY_MS) return;
    this.#askedAt = Date.now();
    const isHosted = ({ about }: Conversation) => about.get().code !== undefined;
    const begun = this.all
      .get()
      .filter((one) => (one.partner === undefined ? isHosted(one) : one.roomId !== undefined));
    // Somebody who waits at a door is worse off than a dot that is out of date.
    const [hosted, others] = [begun.filter(isHosted), begun.filter((one) => !isHosted(one))];
    for (const conversation of [...hosted, ...others].slice(0, ASKED)) await conversation.askWhoIsHere();
  }

  /**
   * The conversation of a room, which is made where it is new.
   * @param partner the other one of a private conversation, where that is known
   */
  entered(roomId: string, kind: RoomSummary['kind'], name: string, partner?: Person): Conversation {
    const known = this.inRoom(roomId) ?? (partner && this.withPerson(partner.userId));
    const conversation = known ?? this.#made(partner === undefined ? roomId : `@${partner.userId}`, kind);
    conversation.roomId = roomId;
    conversation.change(kind === 'direct' ? { over: undefined } : { kind, name, over: undefined });
    if (partner !== undefined) this.#isWith(conversation, partner);
    return conversation;
  }

  /** Shows where it belongs what an earlier page could not get through. */
  takeUp(entry: UnsentEntry): void {
    const { room, to, message } = entry.command;
    if (typeof message !== 'string') return;
    if (typeof to === 'string') {
      this.withSomebody({ userId: to, name: this.#people.nameOf(to) ?? '' }).outgoing.takeUp(entry, message);
    }
    if (typeof room === 'string') (this.inRoom(room) ?? this.#lost(room)).outgoing.takeUp(entry, message);
  }

  /** The private conversation with somebody, begun or not. */
  withSomebody({ userId, name }: Person): Conversation {
    this.#people.remember({ userId, name });
    const known = this.withPerson(userId);
    if (known !== undefined) return known;
    const made = this.#made(`@${userId}`, 'direct');
    made.partner = userId;
    made.change({ name });
    return made;
  }

  /** Opens a conversation that nobody asked for. */
  begin(conversation: Conversation): void {
    this.show(conversation);
    this.isAsked = false;
  }

  show(conversation: Conversation | undefined): void {
    const before = this.open.get();
    if (before === conversation) return;
    this.isAsked = true;
    if (before !== undefined) before.readUpTo = Math.floor(before.timeline.last);
    this.open.set(conversation);
    if (conversation !== undefined) void conversation.open();
  }

  left(conversation: Conversation): void {
    if (this.open.get() === conversation) this.open.set(undefined);
    this.all.update((all) => all.filter((other) => other !== conversation));
  }

  #settled(clientMessageId: string): void {
    for (const conversation of this.all.get()) conversation.outgoing.drop(clientMessageId);
  }

  #take(push: NumberedPush): void {
    const me = this.#client.me?.userId;
    const conversation = this.inRoom(push.roomId) ?? this.#heardOf(push, me);
    const isLooking = this.open.get() === conversation && this.#isLooking();
    conversation.take(push, me, isLooking);
  }

  /** What the server lists no more goes, unless somebody looks at it or has written there what is not sent. */
  #unlisted(gone: ReadonlySet<Conversation>): void {
    const stays = (one: Conversation) =>
      !gone.has(one) ||
      one.roomId === undefined ||
      one === this.open.get() ||
      one.outgoing.messages.get().length > 0 ||
      one.about.get().over !== undefined;
    this.all.update((all) => all.filter(stays));
    for (const one of this.all.get()) {
      if (gone.has(one) && one.roomId !== undefined && one.about.get().over === undefined)
        one.change({ over: NO_LONGER_IN });
    }
  }

  #made(key: string, kind: RoomSummary['kind']): Conversation {
    const about = { ...UNKNOWN, kind };
    const made = new Conversation(key, this.#client, about, (people) => this.#people.hear(people));
    this.all.update((all) => [...all, made]);
    return made;
  }

  /** Something is still to be sent there, but the server lists it no more. */
  #lost(room: string): Conversation {
    const conversation = this.entered(room, kindOf(room), 'A room that you have left');
    conversation.change({ over: NO_LONGER_IN });
    return conversation;
  }

  /** A room that was not here yet: most often somebody's first private message. */
  #heardOf(push: NumberedPush, me: string | undefined): Conversation {
    const { roomId } = push;
    const kind = kindOf(roomId);
    if (kind !== 'direct') return this.entered(roomId, kind, push.room);
    if (push.type !== 'tombstone') {
      const { senderId, sender, clientMessageId } = push;
      if (senderId !== me) {
        const made = this.entered(roomId, kind, '', { userId: senderId, name: sender });
        void made.askWhoIsHere();
        return made;
      }
      const begun = this.all
        .get()
        .find((one) => one.roomId === undefined && one.outgoing.has(clientMessageId));
      if (begun !== undefined) {
        begun.roomId = roomId;
        void begun.askWhoIsHere();
        return begun;
      }
    }
    // Said on another device of this person: only the list tells to whom. The next connection asks too.
    this.refresh().catch(() => {});
    return this.entered(roomId, kind, '');
  }

  #isWith(conversation: Conversation, person: Person): void {
    const draft = this.all.get().find((other) => other !== conversation && other.partner === person.userId);
    conversation.partner = person.userId;
    conversation.change({ name: person.name });
    this.#people.remember(person);
    if (draft === undefined) return;
    this.all.update((all) => all.filter((other) => other !== draft));
    if (this.open.get() === draft) this.show(conversation);
  }

  #notice(push: EventOf<'joined'> | EventOf<'left'> | EventOf<'renamed'>): void {
    const conversation = this.inRoom(push.roomId);
    if (conversation === undefined) return;
    if (push.type === 'joined') conversation.presence.came(push);
    if (push.type === 'joined') conversation.waitsNoMore(push.userId);
    if (push.type === 'left') conversation.presence.went(push.userId);
    if (push.type === 'renamed') conversation.presence.renamed(push);
    if (push.type === 'left') conversation.typing.stopped(push.userId);
    const direct = this.withPerson(push.userId);
    direct?.change({ name: push.name });
    // Whoever leaves a room may still be elsewhere, or on another device.
    if (push.type === 'left') void direct?.askWhoIsHere();
    else direct?.presence.came(push);
    conversation.timeline.line('notice', push.text, Date.parse(push.timestamp));
  }

  #removed({ roomId, reason, timestamp }: EventOf<'removed'>): void {
    const conversation = this.inRoom(roomId);
    const text = REMOVED[reason];
    conversation?.change({ over: text });
    conversation?.timeline.line('notice', text, Date.parse(timestamp));
  }
}

/** What kind of room has this id. */
function kindOf(roomId: string): RoomSummary['kind'] {
  if (roomId.startsWith('d_')) return 'direct';
  return roomId.startsWith('m_') ? 'meeting' : 'channel';
}

const NO_LONGER_IN = 'You are no longer in this room.';

const REMOVED = {
  removed: 'You were taken out of this room.',
  banned: 'You were banned from this room.',
  room_closed: 'This room was closed: it can be read, not written.',
};
