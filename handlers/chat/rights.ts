import { ClientError } from './errors';
import type { Identity } from './identity';
import { isGuestId } from './ids';
import type { Member, Role } from './members';
import { unknownRoom, type RoomKind } from './rooms';

/** Who somebody is to a room. The last two come from groups of the user pool and are had beside another. */
export const STANDINGS = {
  visitor: 'a guest who is not in the room',
  stranger: 'somebody signed in who is not in the room',
  guest: 'a guest who is in the room, whatever role they were given',
  host: 'a guest in a meeting of their own',
  member: 'somebody signed in who is in the room',
  moderator: 'a member whom an owner made moderator',
  owner: 'who created the room, or was made owner',
  agent: 'one of the group `agents`, in the room or not',
  supervisor: 'one of the group `moderators`, in the room or not',
} as const;
export type Standing = keyof typeof STANDINGS;

const OUTSIDE = ['visitor', 'stranger'] as const satisfies readonly Standing[];
const INSIDE = ['guest', 'host', 'member', 'moderator', 'owner'] as const satisfies readonly Standing[];
const ANYBODY = [...OUTSIDE, ...INSIDE] as const;
const MODERATORS = ['moderator', 'owner', 'supervisor'] as const satisfies readonly Standing[];
const HOSTS = ['host', 'moderator', 'owner'] as const satisfies readonly Standing[];

type Cells = Readonly<Partial<Record<RoomKind, readonly Standing[]>>>;

/**
 * Who may do what in which kind of room: the only place where this is decided. What is not named nobody may.
 * `editMessage` and `deleteMessage` are about one's own messages, `...OfOthers` about everybody else's.
 */
export const rights = {
  createRoom: { channel: ['stranger'] },
  createMeeting: { meeting: OUTSIDE },
  joinRoom: { channel: ANYBODY, direct: INSIDE, meeting: INSIDE },
  joinMeeting: { meeting: ANYBODY },
  leaveRoom: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  members: { channel: [...INSIDE, 'agent'], direct: INSIDE, meeting: INSIDE },
  sendPrivate: { direct: ANYBODY },
  sendMessage: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  editMessage: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  editMessageOfOthers: { channel: ['moderator', 'owner'], meeting: ['moderator', 'owner'] },
  deleteMessage: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  deleteMessageOfOthers: { channel: MODERATORS, meeting: MODERATORS },
  history: { channel: [...INSIDE, 'agent'], direct: INSIDE, meeting: INSIDE },
  resume: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  typing: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  receipt: { channel: INSIDE, direct: INSIDE, meeting: INSIDE },
  admit: { meeting: HOSTS },
  refuse: { meeting: HOSTS },
  revokeCode: { meeting: HOSTS },
  remove: { channel: MODERATORS, meeting: MODERATORS },
  ban: { channel: MODERATORS, meeting: MODERATORS },
  unban: { channel: MODERATORS, meeting: MODERATORS },
  setRole: { channel: ['owner'], meeting: ['owner'] },
  closeRoom: { channel: ['owner', 'supervisor'], meeting: ['owner', 'supervisor'] },
} as const satisfies Readonly<Record<string, Cells>>;

/** What can be allowed in a room: its commands, those about messages of others apart. */
export type Right = keyof typeof rights;

/** Who may have a right in a room of this kind. */
export function holdersOf(right: Right, kind: RoomKind): readonly Standing[] {
  const cells: Cells = rights[right];
  return cells[kind] ?? [];
}

/**
 * All that somebody is to a room.
 * @param role what they are in it; undefined for who is not in
 */
export function standingsOf(
  { kind, groups }: Pick<Identity, 'kind' | 'groups'>,
  roomKind: RoomKind,
  role: Role | undefined,
): readonly Standing[] {
  if (kind === 'guest') {
    if (role === undefined) return ['visitor'];
    return [roomKind === 'meeting' && role === 'owner' ? 'host' : 'guest'];
  }
  return [
    role ?? 'stranger',
    ...(groups.includes('agents') ? (['agent'] as const) : []),
    ...(groups.includes('moderators') ? (['supervisor'] as const) : []),
  ];
}

/**
 * Why somebody may not do this, or undefined where they may. Whoever is not in the room hears what they would hear if
 * there were none.
 * @param pointer JSON pointer of the field that named the room
 */
export function refusalOf(
  right: Right,
  kind: RoomKind,
  standings: readonly Standing[],
  pointer?: string,
): ClientError | undefined {
  const holders = holdersOf(right, kind);
  if (standings.some((one) => holders.includes(one))) return undefined;
  if (!standings.some((one) => INSIDE.some((inside) => inside === one))) return unknownRoom(pointer);
  return new ClientError('permission_denied', reasonFor(holders, standings));
}

/** Whether somebody is a host of a meeting, by their row in it: told its code and who asks to be let in. */
export function isHost({ userId, role, standing }: Pick<Member, 'userId' | 'role' | 'standing'>): boolean {
  const kind = isGuestId(userId) ? 'guest' : 'user';
  const standings = standingsOf({ kind, groups: [] }, 'meeting', role);
  return standing === 'in' && refusalOf('admit', 'meeting', standings) === undefined;
}

function reasonFor(holders: readonly Standing[], standings: readonly Standing[]): string {
  if (holders.length === 0) return 'Nobody can do this in a room of this kind.';
  if (standings.includes('guest') || standings.includes('host') || standings.includes('visitor'))
    return 'Guests may not do this.';
  return holders.includes('moderator')
    ? 'Only owners and moderators may do this.'
    : 'Only owners may do this.';
}

/**
 * Why somebody may not make a room of this kind, or undefined where they may. There is no room yet that could be given
 * away, so this always says it plainly.
 */
export function creationRefusalOf(
  right: 'createRoom' | 'createMeeting',
  caller: Pick<Identity, 'kind' | 'groups'>,
): ClientError | undefined {
  const kind = right === 'createRoom' ? 'channel' : 'meeting';
  const standings = standingsOf(caller, kind, undefined);
  const isAllowed = standings.some((one) => holdersOf(right, kind).includes(one));
  return isAllowed ? undefined : new ClientError('permission_denied', 'Guests may not do this.');
}

/** Whose joining makes a channel that is not there yet: a setting. */
export const CHANNELS_BY_JOINING = ['users', 'everyone', 'nobody'] as const;
export type ChannelsByJoining = (typeof CHANNELS_BY_JOINING)[number];

export function mayOpenByJoining(setting: ChannelsByJoining, { kind }: Pick<Identity, 'kind'>): boolean {
  return setting === 'everyone' || (setting === 'users' && kind !== 'guest');
}
