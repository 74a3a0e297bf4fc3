import { WebSocket } from 'ws';
import { unpackSlots } from '../../handlers/aws/packed-slots';
import { UPGRADE_GRACE } from '../../handlers/chat/connections';
import { slotOf } from '../../handlers/chat/ids';
import type { PartRecord } from '../../handlers/chat/fan-out/ledger';
import { connect, type ChatClient } from '../support/chat-client';
import type { LivingConnection } from '../support/delivery-audit';
import { planOf, type Deployed, type StoredRow } from '../support/deployed';
import { eventually } from '../support/eventually';

const CONNECTS_AT_ONCE = 50;
/** A busy machine may need a second attempt, which the sweep starts after a minute or two. */
const PATIENCE = 300_000;

/** A message as it arrived, and when on `performance.now()`. */
interface Arrival {
  readonly messageId: string;
  readonly text: string;
  readonly at: number;
}

/** One socket of the room. */
export class Member {
  readonly arrivals: Arrival[] = [];

  constructor(
    readonly client: ChatClient,
    /** Its row, as it was stored when it connected. */
    readonly connection: LivingConnection & Pick<StoredRow, 'openedAt'>,
  ) {
    client.socket.on('message', () => {
      const frame = client.frames.at(-1);
      if (typeof frame !== 'object' || frame.type !== 'message') return;
      this.arrivals.push({
        messageId: String(frame.messageId),
        text: String(frame.message),
        at: performance.now(),
      });
    });
  }

  /** Resolves when everything that the gateway sent before now has arrived: its pong comes behind it. */
  async caughtUp(): Promise<void> {
    const { socket, closed } = this.client;
    if (socket.readyState !== WebSocket.OPEN) return;
    const pong = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping();
    await Promise.race([pong, closed]);
  }
}

export interface Sent {
  readonly messageId: string;
  readonly text: string;
  /** When it was sent, on `performance.now()`. */
  readonly at: number;
}

/** Real sockets in one room of a running Parley. The last one is the sender. */
export class RoomOfSockets {
  readonly #deployed: Deployed;

  private constructor(
    deployed: Deployed,
    readonly roomId: string,
    readonly members: readonly Member[],
  ) {
    this.#deployed = deployed;
  }

  /** Opens `size` connections one group after the other, so the first ones are the oldest. */
  static async open(url: string, deployed: Deployed, name: string, size: number): Promise<RoomOfSockets> {
    const clients = new Map<string, ChatClient>();
    while (clients.size < size) {
      const from = clients.size;
      const group = Array.from({ length: Math.min(CONNECTS_AT_ONCE, size - from) }, async (_, index) => {
        const member = `${name}-${from + index}`;
        return { member, client: await connect(`${url}?room=${name}&name=${member}`) };
      });
      for (const { member, client } of await Promise.all(group)) clients.set(member, client);
    }
    const rows = new Map((await deployed.rows('Connections')).map((row) => [row.name, row]));
    const members = [...clients].map(([member, client]) => {
      const row = rows.get(member);
      if (row === undefined) throw new Error(`There is no row of ${member}`);
      return new Member(client, row);
    });
    const [roomId] = members[0]?.connection.rooms ?? [];
    if (roomId === undefined) throw new Error('A room needs at least one member');
    return new RoomOfSockets(deployed, roomId, members);
  }

  get sender(): Member {
    return this.members.at(-1)!;
  }

  slotIn({ connection }: Member): string {
    return slotOf(this.roomId, connection.userId, connection.connectionId);
  }

  /** Resolves when these are so old that a 410 means gone, and not that the upgrade may be under way. */
  async outgrowGrace(members: readonly Member[]): Promise<void> {
    const youngest = Math.max(...members.map(({ connection }) => connection.openedAt));
    const left = youngest + UPGRADE_GRACE + 1000 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
  }

  /** The slots of the room's audience rows. */
  async audience(): Promise<string[]> {
    const rows = await this.#deployed.rows('Audience');
    return rows.flatMap(({ partition, slot }) => (partition === this.roomId ? [slot] : []));
  }

  /** Sends a text, and waits until its fan-out is closed and whatever was posted has arrived. */
  async send(text: string): Promise<Sent> {
    const at = performance.now();
    this.sender.client.send({ action: 'sendMessage', message: text });
    const reply = await this.sender.client.next({ ok: true }, PATIENCE);
    await eventually(
      async () => {
        const entry = await this.#entryOf(reply.seq);
        if (entry?.state !== 'closed') throw new Error(`The fan-out of ${text} is ${entry?.state}`);
      },
      { timeout: PATIENCE, interval: 200 },
    );
    await Promise.all(this.members.map((member) => member.caughtUp()));
    return { messageId: String(reply.messageId), text, at };
  }

  /** How many attempts a message took. */
  async attemptsOf({ messageId }: Sent): Promise<number> {
    const seq = Number(messageId.split('.').at(-1));
    return (await this.#entryOf(seq))?.attempt ?? 0;
  }

  /** What the ledger says about a message, and how it was planned. */
  async ledgerOf({ messageId }: Sent): Promise<{ records: PartRecord[]; tier: string; parts: number }> {
    const rows = (await this.#deployed.rows('Deliveries')).filter((row) => row.messageId === messageId);
    const plan = planOf(rows);
    const records = rows.filter(({ part }) => part !== 'plan').map(recordOf);
    return { records, tier: plan?.tier ?? 'none', parts: plan?.parts ?? 0 };
  }

  async #entryOf(seq: unknown): Promise<StoredRow | undefined> {
    const entries = await this.#deployed.rows('Outbox');
    return entries.find((entry) => entry.roomId === this.roomId && entry.seq === seq);
  }

  close(): void {
    for (const { client } of this.members) client.kill();
  }
}

function recordOf({ part, posted, gone, failed, finished }: StoredRow): PartRecord {
  const [number = 0, attempt = 0] = part.split('.').map(Number);
  return {
    ...{ part: number, attempt, finished },
    posted: posted.flatMap((bytes) => unpackSlots(bytes, 'short')),
    gone: gone.flatMap((bytes) => unpackSlots(bytes, 'whole')),
    failed: failed.flatMap(({ reason, slots }) =>
      unpackSlots(slots, 'whole').map((slot) => ({ slot, reason })),
    ),
  };
}
