import type * as z from 'zod/mini';
import * as events from '../../handlers/chat/events';

export interface BusEvent {
  /** One sentence: what is true once this is on the bus. */
  readonly says: string;
  /** When it may be missing, doubled or late, beyond what holds for all. */
  readonly mind: string;
  readonly detail: z.ZodMiniObject;
  readonly example: Readonly<Record<string, unknown>>;
}

const ROOM = 'r_bx0p7s12k8h19h';
const connection = { roomId: ROOM, userId: 'u_7w7km7r8qmb8x3', connectionId: 'dXk3bGq5IAMCJ1w=' };
const message = { messageId: `${ROOM}.41`, roomId: ROOM, seq: 41, attempt: 0 };
const SOMETIMES_MISSING = 'Said once at most: it is missing where the function dies right after its write.';

/** The contract of the bus for the documents. A type that chat/events.ts gets is missed here by the compiler. */
export const busEvents = {
  [events.MESSAGE_ACCEPTED]: {
    says: 'A message, edit or deletion has its number and is kept; its fan-out may start.',
    mind: 'Comes again, with a higher `attempt`, while the fan-out is not finished. Take `messageId` as the key. What it says can be read in `Outbox` at once and in `ChatHistory` soon after.',
    detail: events.messageAccepted,
    example: message,
  },
  [events.FAN_OUT_PARKED]: {
    says: 'A fan-out was given up after 24 hours; the message is kept without expiry.',
    mind: 'An operator can start it again, and it may then be parked again.',
    detail: events.messageAccepted,
    example: { ...message, attempt: 96 },
  },
  [events.ACCESS_REVOKED]: {
    says: 'A person may not go on: signed out everywhere, banned, or erased. Their connections are closed.',
    mind: 'The word of `Users` counts: somebody may have been let in again since.',
    detail: events.accessRevoked,
    example: { userId: connection.userId, reason: 'signed_out' },
  },
  [events.MEMBER_JOINED]: {
    says: 'A connection of a person has entered a room.',
    mind: `One for each device. ${SOMETIMES_MISSING}`,
    detail: events.memberJoined,
    example: connection,
  },
  [events.MEMBER_LEFT]: {
    says: 'A connection of a person is over or was taken out of the room.',
    mind: `The person may still be there on another device, or be back in a moment. With \`unannounced\` nobody in the room had been told that they were there, as in large rooms, and Parley tells nobody that they left. ${SOMETIMES_MISSING}`,
    detail: events.memberLeft,
    example: connection,
  },
  [events.MEMBER_RENAMED]: {
    says: 'A person goes by another name now. Said for each room that they are in.',
    mind: `The name itself is in \`Users\`. ${SOMETIMES_MISSING}`,
    detail: events.memberRenamed,
    example: { roomId: ROOM, userId: connection.userId },
  },
  [events.MEMBER_TYPING]: {
    says: 'A person is typing in a room.',
    mind: 'At most one for each connection and room in 3 seconds.',
    detail: events.memberTyping,
    example: connection,
  },
  [events.RECEIPTS_GIVEN]: {
    says: 'Cursors of a room moved; the members hear of it a second later.',
    mind: 'At most one for each room and second. The cursors are in `Members`.',
    detail: events.receiptsGiven,
    example: { roomId: ROOM },
  },
  [events.PERSON_NOTIFIED]: {
    says: 'Something about a room that one person must hear of, on all devices.',
    mind: SOMETIMES_MISSING,
    detail: events.personNotified,
    example: {
      userId: connection.userId,
      notice: 'waiting',
      roomId: 'm_5vq0j8c2t7xg3n',
      aboutUserId: 'u_798g7qzdrnjsyp',
    },
  },
} as const satisfies Readonly<Record<events.ChatEvent['type'], BusEvent>>;
