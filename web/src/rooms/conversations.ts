import type { EventOf, ParleyClient } from '../../../client';
import type { People, Person } from '../people/people';
import { Store } from '../session/store';
import type { NumberedPush } from '../talking/timeline';
import { Conversation, type About, type RoomSummary } from './conversation';

const UNKNOWN: About = { kind: 'channel', name: '', role: 'member', unread: 0, lastAt: 0, over: undefined };

/** All rooms and private conversations of a person, fed by the client's events. */
export class Conversations {
  readonly all = new Store<readonly Conversation[]>([]);
  /** What is in front of the person; undefined on a phone that shows the list. */
  readonly open = new Store<Conversation | undefined>(undefined);
  /** False until the server has said which rooms there are. */
  readonly listed = new Store(false);
  readonly #client: ParleyClient;
  readonly #people: People;
  /** Whether the open conversation is really looked at, and not only open in a window somewhere. */
  readonly #isLooking: () => boolean;

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
    client.on('typing', (push) => this.inRoom(push.roomId)?.typing.heard(push));
    client.on('receipts', ({ roomId, receipts }) =>
      this.inRoom(roomId)?.receipts.told(receipts, client.me?.userId),
    );
    client.on('recovery', (event) => this.inRoom(event.roomId)?.recovered(event));
    client.on('disconnected', () => this.all.get().forEach((conversation) => conversation.interrupted()));
    client.on('removed', (push) => this.#removed(push));
    client.on('unsendable', ({ clientMessageId, error }) => {
      for (const conversation of this.all.get()) conversation.outgoing.refused(clientMessageId, error);
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
    const found = new Set<string>();
    let after: string | undefined;
    do {
      const page = await this.#client.commands.rooms(after === undefined ? {} : { after });
      for (const room of page.rooms) {
        found.add(room.roomId);
        this.entered(room.roomId, room.kind, room.room).listed(room);
      }
      after = page.next ?? undefined;
    } while (after !== undefined);
    this.all.update((all) =>
      all.filter(
        ({ roomId, about }) => roomId === undefined || found.has(roomId) || about.get().over !== undefined,
      ),
    );
    this.listed.set(true);
    await Promise.all(this.all.get().map((conversation) => this.#findPartner(conversation)));
  }

  /** The conversation of a room, which is made where it is new. */
  entered(roomId: string, kind: RoomSummary['kind'], name: string): Conversation {
    const known = this.inRoom(roomId);
    if (known !== undefined) {
      if (kind !== 'direct') known.change({ kind, name });
      return known;
    }
    const made = new Conversation(roomId, this.#client, {
      ...UNKNOWN,
      kind,
      name: kind === 'direct' ? '' : name,
    });
    made.roomId = roomId;
    this.all.update((all) => [...all, made]);
    return made;
  }

  /** The private conversation with somebody, begun or not. */
  withSomebody({ userId, name }: Person): Conversation {
    this.#people.remember({ userId, name });
    const known = this.withPerson(userId);
    if (known !== undefined) return known;
    const made = new Conversation(`@${userId}`, this.#client, { ...UNKNOWN, kind: 'direct', name });
    made.partner = userId;
    this.all.update((all) => [...all, made]);
    return made;
  }

  show(conversation: Conversation | undefined): void {
    const before = this.open.get();
    if (before === conversation) return;
    if (before !== undefined) before.readUpTo = Math.floor(before.timeline.last);
    this.open.set(conversation);
    if (conversation !== undefined) void conversation.open();
  }

  left(conversation: Conversation): void {
    if (this.open.get() === conversation) this.open.set(undefined);
    this.all.update((all) => all.filter((other) => other !== conversation));
  }

  #take(push: NumberedPush): void {
    const me = this.#client.me?.userId;
    const conversation = this.inRoom(push.roomId) ?? this.#heardOf(push, me);
    const isLooking = this.open.get() === conversation && this.#isLooking();
    conversation.take(push, me, isLooking);
  }

  /** A room that was not here yet: most often somebody's first private message. */
  #heardOf(push: NumberedPush, me: string | undefined): Conversation {
    if (!push.roomId.startsWith('d_')) return this.entered(push.roomId, 'channel', push.room);
    const sender = push.type === 'tombstone' ? undefined : push.senderId;
    const begun =
      sender === me
        ? this.all
            .get()
            .find(
              ({ roomId, outgoing }) =>
                roomId === undefined &&
                outgoing.messages
                  .get()
                  .some(
                    ({ clientMessageId }) =>
                      push.type !== 'tombstone' && clientMessageId === push.clientMessageId,
                  ),
            )
        : sender === undefined
          ? undefined
          : this.withPerson(sender);
    if (begun !== undefined) {
      begun.roomId = push.roomId;
      return begun;
    }
    const made = this.entered(push.roomId, 'direct', '');
    if (sender !== undefined && sender !== me && push.type !== 'tombstone') {
      this.#isWith(made, { userId: sender, name: push.sender });
    } else void this.#findPartner(made);
    return made;
  }

  /** Who the other one is stands in no list: it is whoever else is here, or has written. */
  async #findPartner(conversation: Conversation): Promise<void> {
    const { roomId, partner } = conversation;
    if (roomId === undefined || partner !== undefined || conversation.about.get().kind !== 'direct') return;
    const me = this.#client.me?.userId;
    try {
      const present = await conversation.presence.ask(this.#client, roomId);
      const here = present.find(({ userId }) => userId !== me);
      if (here !== undefined) return this.#isWith(conversation, here);
      await conversation.past.begin(roomId);
      const wrote = conversation.timeline.entries
        .get()
        .find((entry) => entry.kind === 'message' && entry.senderId !== me);
      if (wrote?.kind === 'message')
        this.#isWith(conversation, { userId: wrote.senderId, name: wrote.sender });
    } catch {
      // The next connection asks again; until then it goes by no name.
    }
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
    if (push.type === 'left') conversation.presence.went(push.userId);
    if (push.type === 'renamed') conversation.presence.renamed(push);
    if (push.type === 'left') conversation.typing.stopped(push.userId);
    for (const other of this.all.get()) if (other.partner === push.userId) other.change({ name: push.name });
    conversation.timeline.line('notice', push.text, Date.parse(push.timestamp));
  }

  #removed({ roomId, reason, timestamp }: EventOf<'removed'>): void {
    const conversation = this.inRoom(roomId);
    const text = REMOVED[reason];
    conversation?.change({ over: text });
    conversation?.timeline.line('notice', text, Date.parse(timestamp));
  }
}

const REMOVED = {
  removed: 'You were taken out of this room.',
  banned: 'You were banned from this room.',
  room_closed: 'This room was closed: it can be read, not written.',
};
