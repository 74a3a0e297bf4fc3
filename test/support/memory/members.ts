import type { Member, Role } from '../../../handlers/chat/members';
import type { Now } from '../../../handlers/chat/ports';
import type { MemberKey, Members } from '../../../handlers/chat/storage/rooms';
import type { Calls } from './calls';
import { DAY, storedExpiry } from './clock';

interface Row {
  readonly roomId: string;
  readonly userId: string;
  /** Absent in a row that only remembers that the others were told. */
  readonly member?: Member;
  readonly announced?: boolean;
  /** Without a member: they waited and were refused, which is remembered until then. */
  readonly refusedUntil?: number;
}

const PAGE = 100;
const REMEMBERED = DAY;

export class MemoryMembers implements Members {
  /** By `roomId/userId`. Expired rows stay until they are swept. */
  readonly rows = new Map<string, Row>();

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  find(roomId: string, userId: string): Promise<Member | undefined> {
    return this.calls.run('members.find', userId, () => this.#live(roomId, userId));
  }

  enter(member: Pick<Member, 'roomId' | 'userId' | 'role' | 'since' | 'expiresAt'>): Promise<Member> {
    return this.calls.run('members.enter', member, (copy) =>
      this.#stand({ ...copy, standing: 'in' }, ['in', 'invited']),
    );
  }

  enterAgain(member: Pick<Member, 'roomId' | 'userId' | 'expiresAt'>): Promise<Member | undefined> {
    return this.calls.run('members.enterAgain', member, ({ roomId, userId, ...copy }) => {
      const before = this.#live(roomId, userId);
      return before && this.#stand({ ...before, ...copy, standing: 'in' }, ['in', 'invited']);
    });
  }

  wait(
    member: Pick<Member, 'roomId' | 'userId' | 'since' | 'expiresAt'> & { waitingConnectionId: string },
  ): Promise<Member> {
    return this.calls.run('members.wait', member, (copy) =>
      this.#stand({ ...copy, standing: 'waiting' }, ['waiting']),
    );
  }

  admit(roomId: string, userId: string): Promise<Member | undefined> {
    return this.calls.run('members.admit', userId, () => {
      const member = this.#live(roomId, userId);
      if (member?.standing !== 'waiting' && member?.standing !== 'in') return undefined;
      return this.#store({ ...member, standing: 'in' });
    });
  }

  invite(
    member: Pick<Member, 'roomId' | 'userId' | 'since'> & { expiresAt: number },
  ): Promise<Member | undefined> {
    return this.calls.run('members.invite', member, (copy) =>
      this.#isRefused(copy.roomId, copy.userId)
        ? undefined
        : this.#stand({ ...copy, standing: 'invited' }, ['invited']),
    );
  }

  refuse(roomId: string, userId: string): Promise<boolean> {
    return this.calls.run('members.refuse', userId, () => {
      if (this.#live(roomId, userId)?.standing !== 'waiting' && !this.#isRefused(roomId, userId))
        return false;
      this.#strip(roomId, userId, storedExpiry(this.now() + REMEMBERED));
      return true;
    });
  }

  ban(member: Pick<Member, 'roomId' | 'userId' | 'since'>): Promise<void> {
    return this.calls.run('members.ban', member, (copy) => {
      this.#stand({ ...copy, standing: 'banned' }, ['in', 'invited', 'waiting', 'banned']);
    });
  }

  unban(roomId: string, userId: string): Promise<boolean> {
    return this.calls.run('members.unban', userId, () => {
      if (this.#live(roomId, userId)?.standing !== 'banned') return false;
      this.#strip(roomId, userId);
      return true;
    });
  }

  setRole(roomId: string, userId: string, role: Role): Promise<boolean> {
    return this.calls.run('members.setRole', role, (given) => {
      const member = this.#live(roomId, userId);
      if (member?.standing !== 'in') return false;
      this.#store({ ...member, role: given });
      return true;
    });
  }

  remove(roomId: string, userId: string): Promise<Member | undefined> {
    return this.calls.run('members.remove', userId, () => {
      const member = this.#live(roomId, userId);
      if (member === undefined || member.standing === 'banned') return undefined;
      this.#strip(roomId, userId);
      return member;
    });
  }

  giveReceipt(
    roomId: string,
    userId: string,
    receipt: { receivedSeq: number; readSeq: number; now: number; gap: number },
  ): Promise<Member | { readonly tooSoon: number } | undefined> {
    return this.calls.run('members.giveReceipt', receipt, ({ receivedSeq, readSeq, now, gap }) => {
      const member = this.#live(roomId, userId);
      if (member?.standing !== 'in') return undefined;
      const { receiptAt = -Infinity } = member;
      const isThere = member.receivedSeq === receivedSeq && member.readSeq === readSeq;
      if (isThere && receiptAt === now) return member;
      if (receiptAt > now - gap) return { tooSoon: receiptAt + gap - now };
      return this.#store({
        ...member,
        receivedSeq: Math.max(receivedSeq, member.receivedSeq),
        readSeq: Math.max(readSeq, member.readSeq),
        receiptAt: now,
      });
    });
  }

  noteAnnounced(roomId: string, userId: string, here: boolean): Promise<boolean> {
    return this.calls.run('members.noteAnnounced', here, (isHere) => {
      const key = keyOf(roomId, userId);
      const row = this.rows.get(key);
      if (row === undefined || isHere === (row.announced ?? false)) return false;
      if (isHere && this.#live(roomId, userId)?.standing !== 'in') return false;
      this.rows.set(key, { ...row, announced: isHere });
      return true;
    });
  }

  announcedAmong(people: readonly MemberKey[]): Promise<MemberKey[]> {
    return this.calls.run('members.announcedAmong', people, (asked) => {
      const keys = new Set(asked.map(({ roomId, userId }) => keyOf(roomId, userId)));
      const rows = [...keys].flatMap((key) => this.rows.get(key) ?? []);
      return rows.filter(({ announced }) => announced).map(({ roomId, userId }) => ({ roomId, userId }));
    });
  }

  roomsOf(userId: string, after?: string): Promise<{ members: Member[]; next: string | null }> {
    return this.calls.run('members.roomsOf', userId, (id) => {
      const rows = [...this.rows.values()]
        .filter((row) => row.userId === id && (after === undefined || row.roomId < after))
        .sort((a, b) => (a.roomId > b.roomId ? -1 : 1));
      const { members, last } = this.#page(rows, ({ roomId }) => roomId);
      return { members: members.filter(({ standing }) => standing === 'in'), next: last };
    });
  }

  ofRoom(roomId: string, after = ''): Promise<{ members: Member[]; next: string | null }> {
    return this.calls.run('members.ofRoom', roomId, (id) => {
      const rows = [...this.rows.values()]
        .filter((row) => row.roomId === id && row.userId > after)
        .sort((a, b) => (a.userId < b.userId ? -1 : 1));
      const { members, last } = this.#page(rows, ({ userId }) => userId);
      return { members, next: last };
    });
  }

  sweepExpired(): void {
    for (const [key, { member }] of this.rows) if (this.#isExpired(member)) this.rows.delete(key);
  }

  #isExpired(member: Member | undefined): boolean {
    return (member?.expiresAt ?? Infinity) <= this.now();
  }

  #isRefused(roomId: string, userId: string): boolean {
    return (this.rows.get(keyOf(roomId, userId))?.refusedUntil ?? -Infinity) > this.now();
  }

  #live(roomId: string, userId: string): Member | undefined {
    const member = this.rows.get(keyOf(roomId, userId))?.member;
    return this.#isExpired(member) ? undefined : member;
  }

  #store(member: Member): Member {
    const { roomId, userId } = member;
    const key = keyOf(roomId, userId);
    const { announced = false } = this.rows.get(key) ?? {};
    this.rows.set(key, { roomId, userId, announced, member });
    return member;
  }

  #stand(
    person: Pick<Member, 'roomId' | 'userId' | 'standing' | 'since'> & Partial<Member>,
    instead: readonly Member['standing'][],
  ): Member {
    const { roomId, userId, standing, since, role = 'member', waitingConnectionId, expiresAt } = person;
    const row = this.rows.get(keyOf(roomId, userId));
    if (this.#isExpired(row?.member)) this.rows.delete(keyOf(roomId, userId));
    const before = this.#live(roomId, userId);
    if (before !== undefined && !instead.includes(before.standing)) return before;
    const kept = before ?? { role, since, receivedSeq: 0, readSeq: 0 };
    return this.#store({
      ...kept,
      ...{ roomId, userId, standing },
      ...(waitingConnectionId === undefined ? {} : { waitingConnectionId }),
      expiresAt: expiresAt === undefined ? undefined : storedExpiry(expiresAt),
    });
  }

  #strip(roomId: string, userId: string, refusedUntil?: number): void {
    const { announced = false } = this.rows.get(keyOf(roomId, userId)) ?? {};
    this.rows.set(keyOf(roomId, userId), { roomId, userId, announced, refusedUntil });
  }

  #page(rows: readonly Row[], sortKey: (row: Row) => string) {
    const page = rows.slice(0, PAGE);
    const last = page.at(-1);
    return {
      members: page.flatMap(({ roomId, userId }) => this.#live(roomId, userId) ?? []),
      last: rows.length < PAGE || last === undefined ? null : sortKey(last),
    };
  }
}

function keyOf(roomId: string, userId: string): string {
  return `${roomId}/${userId}`;
}
