import * as z from 'zod/mini';
import type { ParleyClient } from '../../../client';
import type { Conversation } from '../rooms/conversation';
import type { Conversations } from '../rooms/conversations';
import { Remembered, type BrowserStorage } from '../session/remembered';
import { Store } from '../session/store';

/** What a room's summary does not tell about a meeting; remembered in this browser. */
const meetingFacts = z.object({ code: z.string(), media: z.enum(['chat', 'video']) });
export type MeetingFacts = z.infer<typeof meetingFacts>;

/** A meeting whose host has not decided yet, or has said no. */
export interface Asking {
  readonly roomId: string;
  readonly name: string;
  readonly refused: boolean;
}

/** Creating, entering and hosting meetings. */
export class Meetings {
  /** Meetings that this person asked to be let into. */
  readonly asking = new Store<readonly Asking[]>([]);
  readonly facts = new Store<ReadonlyMap<string, MeetingFacts>>(new Map());
  readonly #client: ParleyClient;
  readonly #conversations: Conversations;
  readonly #remembered: Remembered<MeetingFacts>;

  constructor(client: ParleyClient, conversations: Conversations, storage: BrowserStorage) {
    this.#client = client;
    this.#conversations = conversations;
    this.#remembered = new Remembered(storage, 'meetings', meetingFacts);
    this.facts.set(new Map(this.#remembered.entries()));
    client.on('waiting', ({ roomId, userId, name }) => {
      conversations
        .inRoom(roomId)
        ?.waiting.update((waiting) => [
          ...waiting.filter((person) => person.userId !== userId),
          { userId, name },
        ]);
    });
    client.on('admitted', ({ roomId, room }) => {
      this.#noLongerAsking(roomId);
      conversations.show(conversations.entered(roomId, 'meeting', room));
    });
    client.on('refused', ({ roomId }) =>
      this.asking.update((asking) =>
        asking.map((one) => (one.roomId === roomId ? { ...one, refused: true } : one)),
      ),
    );
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
    const { roomId, group_name, media, waiting } = await this.#client.commands.joinMeeting(code);
    this.#know(roomId, { code, media });
    if (waiting) {
      this.#noLongerAsking(roomId);
      this.asking.update((asking) => [...asking, { roomId, name: group_name, refused: false }]);
      return;
    }
    this.#conversations.show(this.#conversations.entered(roomId, 'meeting', group_name));
  }

  /** @throws CommandError */
  async decide(conversation: Conversation, userId: string, action: 'admit' | 'refuse'): Promise<void> {
    const { roomId } = conversation;
    if (roomId === undefined) return;
    await this.#client.commands.decide(action, { roomId, userId });
    conversation.waiting.update((waiting) => waiting.filter((person) => person.userId !== userId));
  }

  /** A new code; the old one lets nobody in any more. */
  async renewCode(roomId: string): Promise<void> {
    const { group_id } = await this.#client.commands.revokeCode(roomId);
    this.#know(roomId, { code: group_id, media: this.facts.get().get(roomId)?.media ?? 'chat' });
  }

  dismiss({ roomId }: Asking): void {
    this.#noLongerAsking(roomId);
  }

  #noLongerAsking(roomId: string): void {
    this.asking.update((asking) => asking.filter((one) => one.roomId !== roomId));
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
  return found === undefined ? text.trim() : decodeURIComponent(found);
}
