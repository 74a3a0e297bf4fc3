import type { Connection } from '../connections';
import type { Member } from '../members';
import { pagesOf } from '../paging';
import { fitting } from '../reply-size';
import type { MembersReply } from '../protocol/replies';
import { isHost } from '../rights';
import type { Room } from '../rooms';
import type { Connections } from '../storage/people';
import type { Members } from '../storage/rooms';

interface Ports {
  readonly members: Pick<Members, 'find' | 'ofRoom'>;
  readonly connections: Pick<Connections, 'findMany'>;
}

/** Rows that are looked at for receipts; rooms of more people tell nobody of receipts either. */
const LOOKED_AT = 200;

/**
 * What was pushed while a page was not open to hear it: how far the people of a room have read, and for hosts of a
 * meeting, who asks to be let in and is still there to enter. Of a channel, which nearly everybody may enter, only of
 * people who are here: who belongs to it and is away is nobody's business.
 * @param here who is shown to be here
 * @param bytes what the reply has left
 */
export async function memberDetails(
  { roomId, kind }: Pick<Room, 'roomId' | 'kind'>,
  caller: Pick<Connection, 'userId'>,
  { here, bytes }: { here: readonly { readonly userId: string }[]; bytes: number },
  ports: Ports,
): Promise<Pick<MembersReply, 'receipts' | 'waiting'>> {
  const own = kind === 'meeting' ? await ports.members.find(roomId, caller.userId) : undefined;
  const mayAdmit = own !== undefined && isHost(own);
  const rows: Member[] = [];
  // Whoever waits can be anywhere among those who ever entered.
  for await (const page of pagesOf((after) => ports.members.ofRoom(roomId, after))) {
    rows.push(...page.members);
    if (rows.length >= LOOKED_AT && !mayAdmit) break;
  }
  const waiting = mayAdmit ? fitting(await peopleWaiting(rows, ports), bytes / 2, 0) : undefined;
  const isHere = new Set(here.map(({ userId }) => userId));
  const receipts = rows
    .slice(0, LOOKED_AT)
    .filter(({ standing, receivedSeq }) => standing === 'in' && receivedSeq > 0)
    .filter(({ userId }) => kind !== 'channel' || isHere.has(userId))
    .map((one) => ({ userId: one.userId, receivedSeq: one.receivedSeq, readSeq: one.readSeq }));
  return { receipts: fitting(receipts, bytes / 2, 0), ...(waiting && { waiting }) };
}

async function peopleWaiting(rows: readonly Member[], { connections }: Ports) {
  const asking = rows.flatMap(({ standing, waitingConnectionId: id }) =>
    standing === 'waiting' && id !== undefined ? [id] : [],
  );
  if (asking.length === 0) return [];
  return (await connections.findMany(asking)).map(({ userId, name }) => ({ userId, name }));
}
