import { ClientError } from '../errors';
import { pagesOf } from '../paging';
import type { Members } from '../storage/rooms';
import { isDirectRoom } from '../rooms';

export interface RoomLimitPorts {
  readonly members: Members;
  readonly roomsPerUser: number;
}

/**
 * Refuses one room more to somebody who is in as many as may be. Direct rooms do not count: others open them. Reads an
 * index, so of rooms entered within a moment a few too many can pass.
 * @throws ClientError `limit_exceeded`
 */
export async function checkRoomsOf(userId: string, { members, roomsPerUser }: RoomLimitPorts): Promise<void> {
  let count = 0;
  for await (const page of pagesOf((after) => members.roomsOf(userId, after))) {
    const counted = page.members.filter(({ roomId }) => !isDirectRoom(roomId)).length;
    count += counted;
    if (count >= roomsPerUser) {
      throw new ClientError('limit_exceeded', `Nobody can be in more than ${roomsPerUser} rooms.`);
    }
    // Direct rooms come last, so that however many others opened, they cost no reading here.
    if (counted < page.members.length) return;
  }
}
