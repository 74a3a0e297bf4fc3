import { ClientError } from '../errors';
import { pagesOf } from '../paging';
import type { Members } from '../ports';
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
    count += page.members.filter(({ roomId }) => !isDirectRoom(roomId)).length;
    if (count >= roomsPerUser) {
      throw new ClientError('limit_exceeded', `Nobody can be in more than ${roomsPerUser} rooms.`);
    }
  }
}
