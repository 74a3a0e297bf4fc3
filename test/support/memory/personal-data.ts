import {
  ERASED_USER,
  type PersonalPage,
  type PersonalRow,
  type PersonalTable,
} from '../../../handlers/chat/personal-data/personal-rows';
import type { PersonalData } from '../../../handlers/chat/storage/personal-data';
import type { MemoryAudience } from './audience';
import type { Calls } from './calls';
import type { MemoryChatHistory } from './chat-history';
import { DAY } from './clock';
import type { MemoryConnections } from './connections';
import type { MemoryDedupe } from './dedupe';
import type { MemoryLedger } from './ledger';
import type { MemoryLimits } from './limits';
import type { MemoryMembers } from './members';
import type { MemoryOutbox } from './outbox';
import type { MemoryRooms } from './rooms';
import type { MemoryTickets } from './tickets';
import type { MemoryUsers } from './users';

interface Stores {
  readonly users: MemoryUsers;
  readonly history: MemoryChatHistory;
  readonly outbox: MemoryOutbox;
  readonly rooms: MemoryRooms;
  readonly members: MemoryMembers;
  readonly connections: MemoryConnections;
  readonly audience: MemoryAudience;
  readonly dedupe: MemoryDedupe;
  readonly ledger: MemoryLedger;
  readonly limits: MemoryLimits;
  readonly tickets: MemoryTickets;
}

/** A page looks at so few rows that tests come by more than one. */
const PAGE = 2;

/** Looks into the other ports’ rows. */
export class MemoryPersonalData implements PersonalData {
  constructor(
    private readonly calls: Calls,
    private readonly stores: Stores,
  ) {}

  page(table: PersonalTable, userId: string, after: string | null): Promise<PersonalPage> {
    return this.calls.run('personalData.page', { table, userId, after }, () => {
      const all = this.#all(table).sort((a, b) => (a.key < b.key ? -1 : 1));
      const left = all.filter(({ key }) => after === null || key > after);
      const page = left.slice(0, PAGE);
      const found = page.filter(({ people }) => people.includes(userId));
      return {
        rows: found.map(({ row }) => row),
        stored: found.map(({ stored }) => stored),
        next: left.length > PAGE ? page.at(-1)!.key : null,
      };
    });
  }

  delete(row: Parameters<PersonalData['delete']>[0]): Promise<void> {
    return this.calls.run('personalData.delete', row, (copy) => {
      if (copy.table === 'Members') this.stores.members.rows.delete(`${copy.roomId}/${copy.userId}`);
      if (copy.table === 'Limits') this.stores.limits.used.delete(copy.subject);
      if (copy.table === 'Tickets') this.stores.tickets.rows.delete(copy.ticketHash);
      if (copy.table === 'Audience') this.stores.audience.rows.delete(`${copy.partition}/${copy.slot}`);
      if (copy.table === 'Dedupe') this.stores.dedupe.rows.delete(copy.sent);
    });
  }

  forgetUser(userId: string, at: number): Promise<void> {
    return this.calls.run('personalData.forgetUser', at, (time) => {
      const bannedAt = this.stores.users.rows.get(userId)?.bannedAt;
      const kept = bannedAt === undefined ? { expiresAt: time + DAY } : { bannedAt };
      this.stores.users.rows.set(userId, { userId, name: '', signedOutAt: time, ...kept });
    });
  }

  eraseCopy(roomId: string, seq: number): Promise<void> {
    return this.calls.run('personalData.eraseCopy', seq, () => {
      const row = this.stores.outbox.rows.get(`${roomId}/${seq}`);
      if (row !== undefined)
        this.stores.outbox.rows.set(`${roomId}/${seq}`, { ...row, entry: { ...row.entry, text: '' } });
    });
  }

  disown(table: 'Outbox' | 'ChatHistory', roomId: string, seq: number, userId: string): Promise<void> {
    return this.calls.run('personalData.disown', { table, roomId, seq, userId }, () => {
      const nobody = { senderId: ERASED_USER, sender: '', clientMessageId: undefined };
      const { outbox, history } = this.stores;
      const copy = outbox.rows.get(`${roomId}/${seq}`);
      if (table === 'Outbox' && copy?.entry.senderId === userId)
        outbox.rows.set(`${roomId}/${seq}`, { ...copy, entry: { ...copy.entry, ...nobody } });
      const row = history.rows.get(`${roomId}.${seq}`);
      if (table === 'ChatHistory' && row?.said?.senderId === userId)
        history.rows.set(`${roomId}.${seq}`, { ...row, said: { ...row.said, ...nobody } });
    });
  }

  leavePlan(messageId: string, userId: string): Promise<void> {
    return this.calls.run('personalData.leavePlan', messageId, (id) => {
      const { plans } = this.stores.ledger;
      const plan = plans.get(id);
      const partitions = plan?.partitions?.map((one) => (one === `@${userId}` ? `@${ERASED_USER}` : one));
      if (plan !== undefined) plans.set(id, { ...plan, ...(partitions === undefined ? {} : { partitions }) });
    });
  }

  leaveRoom(roomId: string, userId: string): Promise<void> {
    return this.calls.run('personalData.leaveRoom', roomId, () => {
      const row = this.stores.rooms.rows.get(roomId);
      if (row === undefined) return;
      const { owner, people, meeting, ...room } = row.room;
      const isOwner = owner === userId;
      const [one, other] = people ?? [];
      const left = (id = '') => (id === userId ? ERASED_USER : id);
      this.stores.rooms.rows.set(roomId, {
        ...row,
        room: {
          ...room,
          ...(owner === undefined || isOwner ? {} : { owner }),
          ...(people === undefined ? {} : { people: [left(one), left(other)] as const }),
          ...(meeting === undefined
            ? {}
            : { meeting: isOwner ? { media: meeting.media, approval: meeting.approval } : meeting }),
        },
      });
    });
  }

  #all(
    table: PersonalTable,
  ): { key: string; people: readonly string[]; row: PersonalRow; stored: unknown }[] {
    const { users, history, outbox, rooms, members, connections, audience } = this.stores;
    switch (table) {
      case 'Users':
        return [...users.rows.values()]
          .filter(({ name }) => name !== '')
          .map((stored) => ({
            key: stored.userId,
            people: [stored.userId],
            row: { table, userId: stored.userId },
            stored,
          }));
      case 'ChatHistory':
        return [...history.rows].flatMap(([key, stored]) =>
          stored.said === undefined
            ? []
            : [{ key, people: [stored.said.senderId], row: { ...stored.said, table }, stored }],
        );
      case 'Outbox':
        return [...outbox.rows].map(([key, stored]) => {
          const { entry } = stored;
          return { key, people: [entry.senderId], row: { ...entry, table }, stored };
        });
      case 'Deliveries':
        return [...this.stores.ledger.plans].map(([messageId, stored]) => ({
          key: messageId,
          people: (stored.partitions ?? []).map((one) => one.slice(1)),
          row: { table, messageId },
          stored,
        }));
      case 'Rooms':
        return [...rooms.rows].map(([roomId, stored]) => {
          const { owner = '', people = [] } = stored.room;
          return { key: roomId, people: [owner, ...people], row: { table, roomId }, stored };
        });
      case 'Members':
        return [...members.rows].map(([key, stored]) => {
          const { roomId, userId } = stored;
          return { key, people: [userId], row: { table, roomId, userId }, stored };
        });
      case 'Dedupe':
        return [...this.stores.dedupe.rows].map(([sent, stored]) => ({
          key: sent,
          people: [sent.split('#')[0] ?? ''],
          row: { table, sent },
          stored,
        }));
      case 'Limits':
        return [...this.stores.limits.used.keys()].map((subject) => ({
          key: subject,
          people: [subject.split('.')[1] ?? ''],
          row: { table, subject },
          stored: { subject },
        }));
      case 'Tickets':
        return [...this.stores.tickets.rows].map(([ticketHash, stored]) => ({
          key: ticketHash,
          people: [stored.userId],
          row: { table, ticketHash },
          stored,
        }));
      case 'Connections':
        return [...connections.rows.values()].map((stored) => {
          const { connectionId, rooms: joined, userId } = stored;
          return { key: connectionId, people: [userId], row: { table, connectionId, rooms: joined }, stored };
        });
      case 'Audience':
        return [...audience.rows].map(([key, stored]) => {
          const { partition, slot, userId } = stored;
          return { key, people: [userId], row: { table, partition, slot }, stored };
        });
    }
  }
}
