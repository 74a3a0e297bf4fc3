import type { MessageKind } from '../messages';

/** The sender of what somebody said who was erased: an id that nobody has, and no name. */
export const ERASED_USER = 'u_00000000000000';

/**
 * Where something about a person is stored under a key that is theirs, or in rows that name them. In `Deliveries` only
 * the plans of direct messages name people; its outcomes are hashes.
 */
export const PERSONAL_TABLES = [
  'Users',
  'ChatHistory',
  'Outbox',
  'Deliveries',
  'Rooms',
  'Members',
  'Dedupe',
  'Limits',
  'Tickets',
  'Connections',
  'Audience',
] as const;
export type PersonalTable = (typeof PERSONAL_TABLES)[number];

/** A message, an edit or a deletion by the person. */
export interface PersonalMessage {
  readonly table: 'ChatHistory' | 'Outbox';
  readonly roomId: string;
  readonly seq: number;
  readonly kind: MessageKind;
  readonly ref?: number | undefined;
}

/** What of a row leads to it and says what there is to erase. */
export type PersonalRow =
  | { readonly table: 'Users'; readonly userId: string }
  | PersonalMessage
  /** The plan of a message in a direct room, which goes to their personal partition. */
  | { readonly table: 'Deliveries'; readonly messageId: string }
  /** Created by the person, or a direct room of theirs. */
  | { readonly table: 'Rooms'; readonly roomId: string }
  | { readonly table: 'Members'; readonly roomId: string; readonly userId: string }
  /** An id that the person gave what they sent, whatever became of it. */
  | { readonly table: 'Dedupe'; readonly sent: string }
  | { readonly table: 'Limits'; readonly subject: string }
  | { readonly table: 'Tickets'; readonly ticketHash: string }
  | { readonly table: 'Connections'; readonly connectionId: string; readonly rooms: readonly string[] }
  | { readonly table: 'Audience'; readonly partition: string; readonly slot: string };

export interface PersonalPage {
  readonly rows: readonly PersonalRow[];
  /** The same rows with everything that is stored in them, for an export. */
  readonly stored: readonly unknown[];
  /** Where to go on, made of ids alone; null at the end. */
  readonly next: string | null;
}
