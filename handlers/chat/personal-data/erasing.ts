import { endConnections } from '../membership/leaving';
import type { EventBus, Log, Now } from '../ports';
import type { ChatHistory } from '../storage/messages';
import type { Connections } from '../storage/people';
import type { PersonalData } from '../storage/personal-data';
import type { Audience, Members, Rooms } from '../storage/rooms';
import { sideBySide } from '../side-by-side';
import { handOnOrClose } from './handing-on';
import type { PersonalMessage, PersonalRow, PersonalTable } from './personal-rows';

export interface ErasePorts {
  readonly personalData: PersonalData;
  readonly history: ChatHistory;
  readonly rooms: Rooms;
  readonly members: Members;
  readonly connections: Connections;
  readonly audience: Audience;
  readonly bus: EventBus;
  readonly log: Log;
  readonly now: Now;
}

const AT_ONCE = 10;

/**
 * Erases one page of what a table holds of a person. Safe to repeat: what makes a row findable goes last.
 * @returns how many rows there were, and where to go on
 */
export async function erasePage(
  table: PersonalTable,
  userId: string,
  after: string | null,
  ports: ErasePorts,
): Promise<{ erased: number; next: string | null }> {
  const { rows, next } = await ports.personalData.page(table, userId, after);
  await sideBySide(rows, AT_ONCE, (row) => eraseRow(row, userId, ports));
  return { erased: rows.length, next };
}

async function eraseRow(row: PersonalRow, userId: string, ports: ErasePorts): Promise<void> {
  switch (row.table) {
    case 'Users':
      return ports.personalData.forgetUser(userId, ports.now());
    case 'ChatHistory':
    case 'Outbox':
      return eraseMessage(row, userId, ports);
    case 'Deliveries':
      return ports.personalData.leavePlan(row.messageId, userId);
    case 'Rooms':
    case 'Members':
      await handOnOrClose(row.roomId, userId, ports);
      return row.table === 'Rooms'
        ? ports.personalData.leaveRoom(row.roomId, userId)
        : ports.personalData.delete(row);
    case 'Connections':
      await endConnections([{ connectionId: row.connectionId, userId, rooms: row.rooms }], ports);
      return;
    case 'Dedupe':
    case 'Limits':
    case 'Tickets':
    case 'Audience':
      return ports.personalData.delete(row);
  }
}

/**
 * The number stays and reads as deleted from then on, as if the person had deleted it: their words go, those that
 * others wrote into it as edits too, and where the person has edited another's message last, that message.
 */
async function eraseMessage(
  { roomId, seq, kind, ref }: PersonalMessage,
  userId: string,
  { history, personalData }: ErasePorts,
): Promise<void> {
  const eraseText = async (number: number): Promise<void> => {
    // Noted in the archive first, whether the message is kept there yet or not: from then on nobody reads the copy.
    const edits = await history.erase(roomId, number, undefined);
    for (const edit of edits) {
      await history.erase(roomId, edit, undefined);
      await personalData.eraseCopy(roomId, edit);
    }
    await personalData.eraseCopy(roomId, number);
  };
  if (kind !== 'delete') await eraseText(seq);
  if (kind === 'edit' && ref !== undefined) {
    const [edited] = await history.range(roomId, ref, ref);
    if (edited?.rev === seq) await eraseText(ref);
  }
  await personalData.disown('Outbox', roomId, seq, userId);
  await personalData.disown('ChatHistory', roomId, seq, userId);
}
