import { presentableName, type Connection } from '../connections';
import { enterRoom, notify, noticeTo, type Entered, type EnteringPorts } from './entering';
import { ClientError } from '../errors';
import { newId, newJoinCode } from '../ids';
import type { Member } from '../members';
import { pagesOf } from '../paging';
import type { Rooms } from '../storage/rooms';
import { creationRefusalOf, isHost, refusalOf, standingsOf } from '../rights';
import { checkRoomsOf, type RoomLimitPorts } from './rooms-per-user';
import { presentableRoomName, type Meeting, type Room } from '../rooms';

interface Ports extends EnteringPorts, RoomLimitPorts {
  readonly rooms: Rooms;
}

export interface MeetingWish {
  readonly name: string;
  /** JSON pointer of the field that held the name. */
  readonly pointer: string;
  readonly media: Meeting['media'];
  readonly approval: boolean;
  readonly userName?: string | undefined;
  readonly email?: string | undefined;
}

/**
 * Creates a meeting with a join code of its own and enters it as the owner. Whoever asks again gets another meeting.
 * @returns undefined where the connection is over meanwhile
 * @throws ClientError `bad_request` for a name that is none, `limit_exceeded`
 */
export async function createMeeting(
  { name, pointer, userName, ...wish }: MeetingWish,
  connection: Connection,
  ports: Ports,
): Promise<(Entered & { readonly code: string }) | undefined> {
  const refusal = creationRefusalOf('createMeeting', connection);
  if (refusal !== undefined) throw refusal;
  await checkRoomsOf(connection.userId, ports);
  const code = newJoinCode();
  const room = await ports.rooms.create({
    roomId: newId('m'),
    kind: 'meeting',
    name: presentableRoomName(name, pointer),
    owner: connection.userId,
    meeting: {
      ...wish,
      code,
      ...(userName === undefined ? {} : { userName: presentableName(userName) }),
    },
  });
  if (room === 'exists') throw new Error('A random id was given twice');
  const entered = await enterRoom(connection, room, ports, 'owner');
  return entered && { ...entered, code };
}

/** The hosts have not decided yet. */
interface Waiting {
  readonly room: Room;
  readonly waiting: true;
}

/**
 * Enters the meeting that a code lets into; where it takes approval, somebody new waits and its hosts are told.
 * @returns undefined where the connection is over meanwhile
 * @throws ClientError `unknown_room` for a code that is wrong or was replaced, `permission_denied` for somebody with
 * a ban, `not_available` for a closed meeting, `limit_exceeded`
 */
export async function joinMeeting(
  code: string,
  connection: Connection,
  ports: Ports,
): Promise<(Entered & { readonly waiting: false }) | Waiting | undefined> {
  const room = await ports.rooms.withCode(code.trim().toLowerCase());
  if (room === undefined) {
    throw new ClientError('unknown_room', 'This code lets into no meeting.', '/data/group_id');
  }
  const member = await ports.members.find(room.roomId, connection.userId);
  const role = member?.standing === 'in' ? member.role : undefined;
  const refusal = refusalOf('joinMeeting', 'meeting', standingsOf(connection, 'meeting', role));
  if (refusal !== undefined) throw refusal;
  if (role === undefined) await checkRoomsOf(connection.userId, ports);
  if (await mustWait(room, connection, member, ports)) {
    await notify(await knocks(room, connection, ports), ports);
    return { room, waiting: true };
  }
  // Who need not wait for approval is a member: whoever is taken out by now must not become one again.
  const newcomer = room.meeting?.approval === true ? 'refused' : 'member';
  const entered = await enterRoom(connection, room, ports, newcomer);
  return entered && { ...entered, waiting: false };
}

/** Whether the hosts are to be asked; if so, the person is noted as waiting. */
async function mustWait(
  { roomId, meeting, closedAt }: Room,
  { connectionId, userId, userExpiresAt }: Connection,
  member: Member | undefined,
  { members, now }: Ports,
): Promise<boolean> {
  if (meeting?.approval !== true || closedAt !== undefined) return false;
  if (member !== undefined && member.standing !== 'waiting') return false;
  const { standing } = await members.wait({
    ...{ roomId, userId, since: now(), expiresAt: userExpiresAt },
    waitingConnectionId: connectionId,
  });
  return standing === 'waiting';
}

/** One notice for each host. */
async function knocks({ roomId }: Room, { userId: aboutUserId }: Connection, { members }: Ports) {
  const hosts: string[] = [];
  for await (const page of pagesOf((after) => members.ofRoom(roomId, after)))
    hosts.push(...page.members.filter(isHost).map(({ userId }) => userId));
  return hosts.map((userId) => noticeTo(userId, 'waiting', roomId, aboutUserId));
}
