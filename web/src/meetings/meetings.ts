import * as z from 'zod/mini';
import { CommandError, type Commands, type ParleyClient } from '../../../client';
import type { Conversation } from '../rooms/conversation';
import type { Conversations } from '../rooms/conversations';
import { Remembered, type BrowserStorage } from '../session/remembered';
import { Store } from '../session/store';

/** What a room's summary does not tell about a meeting; remembered in this browser. */
const meetingFacts = z.object({ code: z.string(), media: z.enum(['chat', 'video']) });
export type MeetingFacts = z.infer<typeof meetingFacts>;

/** A link to a meeting that somebody has followed: a new one each time. */
export interface MeetingLink {
  readonly code: string;
}

/** A meeting whose host has not decided yet, or has said no. */
const asking = z.object({
  ...{ roomId: z.string(), name: z.string(), code: z.string(), refused: z.boolean() },
  /** Not to be shown, and not to be opened by itself: the host, who was asked, can still let in. */
  hidden: z._default(z.boolean(), false),
});
export type Asking = z.infer<typeof asking>;

type Joined = Awaited<ReturnType<Commands['joinMeeting']>>;

/** Creating, entering and hosting meetings. */
export class Meetings {
  /** Meetings that this person asked to be let into. */
  readonly asking = new Store<readonly Asking[]>([]);
  readonly facts = new Store<ReadonlyMap<string, MeetingFacts>>(new Map());
  readonly #client: ParleyClient;
  readonly #conversations: Conversations;
  readonly #remembered: Remembered<MeetingFacts>;
  readonly #asked: Remembered<Asking>;

  constructor(client: ParleyClient, conversations: Conversations, storage: BrowserStorage) {
    this.#client = client;
    this.#conversations = conversations;
    this.#remembered = new Remembered(storage, 'meetings', meetingFacts);
    this.facts.set(new Map(this.#remembered.entries()));
    this.#asked = new Remembered(storage, 'asking', asking);
    this.#showAsking();
    client.on('waiting', ({ roomId, userId, name }) => {
      conversations.inRoom(roomId)?.waits({ userId, name });
    });
    client.on('admitted', ({ roomId, room }) => this.#letIn(roomId, room, this.#isHidden(roomId)));
    client.on('refused', ({ roomId }) => {
      const one = this.#asked.get(roomId);
      if (one?.hidden === true) this.#noLongerAsking(roomId);
      else if (one !== undefined) this.#ask({ ...one, refused: true });
    });
    // Who is let in comes in with the connection that asked last.
    client.on('connected', () => {
      for (const { code, refused } of this.asking.get()) if (!refused) void this.#askAgain(code);
    });
  }

  /** @throws CommandError */
  async create(meeting: {
    group_name: string;
    media: MeetingFacts['media'];
    approval: boolean;
  }): Promise<void> {
    const { roomId, group_id, group_name, media } = await this.#client.commands.createMeeting(meeting);
    this.#know(roomId, { code: group_id, media });
    const conversation = this.#conversations.entered(roomId, 'meeting', group_name);
    conversation.change({ role: 'owner' });
    this.#conversations.show(conversation);
  }

  /** @throws CommandError */
  async join(code: string): Promise<void> {
    this.#joined(code, await this.#client.commands.joinMeeting(code), false);
  }

  /** @throws CommandError */
  async decide(conversation: Conversation, userId: string, action: 'admit' | 'refuse'): Promise<void> {
    const { roomId } = conversation;
    if (roomId === undefined) return;
    try {
      await this.#client.commands.decide(action, { roomId, userId });
    } catch (error) {
      // Perhaps another host was quicker, or whoever asked is gone.
      void conversation.askWhoIsHere();
      throw error;
    }
    conversation.waitsNoMore(userId);
  }

  /** A new code; the old one lets nobody in any more. */
  async renewCode(roomId: string): Promise<void> {
    const { group_id } = await this.#client.commands.revokeCode(roomId);
    this.#conversations.inRoom(roomId)?.change({ code: group_id });
    this.#know(roomId, { code: group_id, media: this.facts.get().get(roomId)?.media ?? 'chat' });
  }

  /** Says no more of it; where the host lets in all the same, the meeting is in the list and nothing else happens. */
  dismiss(one: Asking): void {
    if (one.refused) this.#noLongerAsking(one.roomId);
    else this.#ask({ ...one, hidden: true });
  }

  /** Where this is refused for good, e.g. by a ban, there is nothing to wait for. */
  async #askAgain(code: string): Promise<void> {
    try {
      const joined = await this.#client.commands.joinMeeting(code);
      this.#joined(code, joined, this.#isHidden(joined.roomId));
    } catch (error) {
      if (error instanceof CommandError && error.temporary) return;
      const one = this.asking.get().find((other) => other.code === code);
      if (one !== undefined) this.#ask({ ...one, refused: true });
    }
  }

  #joined(code: string, { roomId, group_name: name, media, waiting }: Joined, hidden: boolean): void {
    this.#know(roomId, { code, media });
    if (waiting) this.#ask({ roomId, name, code, refused: false, hidden });
    else this.#letIn(roomId, name, hidden);
  }

  #letIn(roomId: string, name: string, isHidden: boolean): void {
    this.#noLongerAsking(roomId);
    const conversation = this.#conversations.entered(roomId, 'meeting', name);
    if (!isHidden) this.#conversations.show(conversation);
  }

  #isHidden(roomId: string): boolean {
    return this.#asked.get(roomId)?.hidden ?? false;
  }

  #ask(one: Asking): void {
    this.#asked.set(one.roomId, one);
    this.#showAsking();
  }

  #noLongerAsking(roomId: string): void {
    this.#asked.delete(roomId);
    this.#showAsking();
  }

  #showAsking(): void {
    this.asking.set(this.#asked.entries().flatMap(([, one]) => (one.hidden ? [] : [one])));
  }

  #know(roomId: string, facts: MeetingFacts): void {
    this.#remembered.set(roomId, facts);
    this.facts.update((known) => new Map([...known, [roomId, facts]]));
  }
}

/** The address that lets others ask to join: the code is behind `#`, which browsers send to no server. */
export function meetingLink(code: string): string {
  return `${location.origin}${location.pathname}#meeting=${encodeURIComponent(code)}`;
}

/** The code in an address or in what somebody pasted, which may be a whole link. */
export function codeIn(text: string): string {
  const found = /#meeting=([^&\s]+)/.exec(text)?.[1];
  if (found === undefined) return text.trim();
  try {
    return decodeURIComponent(found);
  } catch {
    // Not as an address is written: the server says that there is no such code.
    return found;
  }
}
