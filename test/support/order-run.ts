import { WebSocket } from 'ws';
import { ParleyClient } from '../../client';
import { checkChatLogs, listenTo, type ClientLog, type Findings, type Sent } from './chat-log-checker';
import { Deployed } from './deployed';
import { eventually } from './eventually';
import { storedMessages } from './stored-messages';

const ROOM = 'order';

export interface OrderRun {
  readonly findings: Findings;
  readonly logs: readonly ClientLog[];
  /** By sender, in the order of sending. */
  readonly sent: readonly (readonly Sent[])[];
  /** From the first send to the last delivery at the last client. */
  readonly seconds: number;
}

/** Senders post into one room as fast as their replies come; they and a reader listen. Waits until all have all. */
export async function orderRun(
  { url, endpoint }: { readonly url: string; readonly endpoint: string },
  { senders, each }: { readonly senders: number; readonly each: number },
): Promise<OrderRun> {
  const clients: ParleyClient[] = [];
  const deployed = new Deployed(endpoint);
  try {
    const names = [...Array.from({ length: senders }, (_, index) => `Sender ${index}`), 'Reader'];
    for (const name of names) {
      const client = new ParleyClient({ url, guest: { name, room: ROOM }, WebSocket }).start();
      clients.push(client);
      await client.connected();
    }
    const { roomId } = await clients[0]!.commands.joinRoom(ROOM);
    const logs = clients.map((client, index) => listenTo(client, names[index]!, roomId));

    const began = performance.now();
    const sent = await Promise.all(
      clients.slice(0, senders).map((client, sender) =>
        Promise.all(
          Array.from({ length: each }, async (_, index) => {
            const text = `${sender}: ${index}`;
            return { text, seq: (await client.send(ROOM, text)).seq };
          }),
        ),
      ),
    );
    await eventually(
      () => {
        const missing = logs.filter(({ entries }) => entries.length < senders * each);
        if (missing.length > 0) throw new Error(`${missing.map(({ name }) => name).join()} lack messages`);
      },
      { timeout: 120_000, interval: 100 },
    );
    const seconds = (performance.now() - began) / 1000;
    const stored = await storedMessages(deployed, roomId);
    return { findings: checkChatLogs({ sent: sent.flat(), stored, clients: logs }), logs, sent, seconds };
  } finally {
    for (const client of clients) client.close();
    deployed.close();
  }
}
