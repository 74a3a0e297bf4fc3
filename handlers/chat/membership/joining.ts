import type { Connection } from '../connections';
import type { Newcomer } from './entering';
import { ClientError } from '../errors';
import type { Members, Rooms } from '../storage/rooms';
import { mayOpenByJoining, refusalOf, standingsOf, type ChannelsByJoining } from '../rights';
import { roleIn } from './room-for';
import { checkRoomsOf, type RoomLimitPorts } from './rooms-per-user';
import { channelId } from '../ids';
import { isRoomId, normalizeRoomName, roomIdOf, unknownRoom, type Room } from '../rooms';

export interface JoiningPorts extends RoomLimitPorts {
  readonly rooms: Rooms;
  readonly members: Members;
  readonly channels: {
    readonly byJoining: ChannelsByJoining;
    /** The name of the one room that always comes into being. */
    readonly defaultRoom: string;
  };
}

/**
 * The room that somebody wants to enter: a channel by its name, or a room by its id. Where there is no channel of that
 * name it comes into being, if this person's joining may do that. A meeting is entered by its code; by its id only by
 * who was let in already, or invited.
 * @returns the room, and what somebody becomes in it who is no member
 * @throws ClientError `bad_request`, `unknown_room`, `limit_exceeded`, or `already_joined` for a direct room of theirs
 */
export async function roomToJoin(
  reference: string,
  pointer: string,
  caller: Connection,
  ports: JoiningPorts,
): Promise<{ room: Room; newcomer: Newcomer }> {
  const { userId } = caller;
  const roomId = roomIdOf(reference, pointer);
  const [room, member] = await Promise.all([
    isRoomId(reference) ? ports.rooms.find(roomId) : namedChannel(reference, pointer, caller, ports),
    ports.members.find(roomId, userId),
  ]);
  if (room === undefined) throw unknownRoom(pointer);
  const standings = standingsOf(caller, room.kind, roleIn(room, { userId, rooms: [] }, member));
  const isInvited = member?.standing === 'invited';
  const refusal = refusalOf('joinRoom', room.kind, standings, pointer);
  if (refusal !== undefined && !isInvited) throw refusal;
  if (room.kind === 'direct') {
    throw new ClientError('already_joined', 'A direct room needs no joining.', pointer);
  }
  if (member?.standing !== 'in') await checkRoomsOf(userId, ports);
  return { room, newcomer: room.kind === 'meeting' ? 'refused' : 'member' };
}

function namedChannel(
  reference: string,
  pointer: string,
  caller: Connection,
  { rooms, channels }: JoiningPorts,
): Promise<Room | undefined> {
  const name = normalizeRoomName(reference, pointer);
  const roomId = channelId(name);
  const isDefault = name === normalizeRoomName(channels.defaultRoom);
  return isDefault || mayOpenByJoining(channels.byJoining, caller)
    ? rooms.open({ roomId, name })
    : rooms.find(roomId);
}
