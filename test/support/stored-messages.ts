import type { Stored } from './chat-log-checker';
import type { Deployed, StoredRow } from './deployed';

type MessageRow = StoredRow & { readonly body: { readonly text: string } };

/**
 * A room's messages as the two tables have them, ascending. Where these differ about a number there are two rows of
 * it, which a checker takes for a double.
 */
export async function storedMessages(deployed: Deployed, roomId: string): Promise<Stored[]> {
  const rows = await Promise.all([deployed.rows('ChatHistory'), deployed.rows('Outbox')]);
  const found = new Map<string, Stored>();
  for (const row of rows.flat() as MessageRow[]) {
    const { seq, body } = row;
    if (row.roomId !== roomId) continue;
    found.set(`${seq} ${body.text}`, { seq, messageId: `${roomId}.${seq}`, text: body.text });
  }
  return [...found.values()].sort((one, other) => one.seq - other.seq);
}
