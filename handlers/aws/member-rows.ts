import * as z from 'zod/mini';
import type { Member } from '../chat/members';
import { Table, type Row } from './table';

const row = z.object({
  roomId: z.string(),
  userId: z.string(),
  role: z.enum(['owner', 'moderator', 'member']),
  standing: z.enum(['in', 'invited', 'waiting', 'banned']),
  receivedSeq: z.number(),
  readSeq: z.number(),
  since: z.number(),
  receiptAt: z.optional(z.number()),
  waitingConnectionId: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
});

/** How long something is remembered of somebody who was taken out, in seconds. */
const REMEMBERED = 24 * 60 * 60;
/** So often another writer can come between reading and writing before this gives up. */
const TRIES = 5;

/** `:seconds` is the time, because DynamoDB's TTL deletes late. */
export const LIVE = '(attribute_not_exists(expiresAt) OR expiresAt > :seconds)';
export const IS_IN = `standing = :in AND ${LIVE}`;
export const ROLE = { '#role': 'role' };

type Person = Pick<Member, 'roomId' | 'userId' | 'standing' | 'since'> & Partial<Member>;

/**
 * The rows of Members, and how they change their standing. A row without a standing is nobody's: it remembers that the
 * others were told of somebody who was here, and whether somebody who waited was refused.
 */
export class MemberRows {
  readonly table = new Table('Members');

  constructor(private readonly now: () => number) {}

  /** The value of `:seconds`. */
  time() {
    return { ':seconds': this.now() / 1000 };
  }

  memberOf(fields: Row | undefined): Member | undefined {
    if (fields?.standing === undefined || !this.#isLive(fields)) return undefined;
    const { expiresAt, ...member } = row.parse(fields);
    return expiresAt === undefined ? member : { ...member, expiresAt: expiresAt * 1000 };
  }

  /** Gives a person a standing, if they have none or one of these now, and gives the row as it is then. */
  stand(person: Person, instead: readonly Member['standing'][]): Promise<Member> {
    return this.#pastExpired(person, async () =>
      this.memberOf((await this.#write(person, instead)) ?? (await this.#read(person))),
    );
  }

  /** As `stand`, but leaves alone whose waiting was refused. */
  standUnlessRefused(person: Person, instead: readonly Member['standing'][]): Promise<Member | 'refused'> {
    return this.#pastExpired(person, async () => {
      const written = await this.#write(person, instead, ' AND attribute_not_exists(refused)');
      const fields = written ?? (await this.#read(person));
      return fields?.refused === true && this.#isLive(fields) ? 'refused' : this.memberOf(fields);
    });
  }

  /** Takes all from a row but that the others were told, and gives it as it was. May note something in its place. */
  strip(roomId: string, userId: string, only: { condition: string; note?: string; values?: Row }) {
    return this.table.update(
      { roomId, userId },
      {
        set: `SET expiresAt = :forgotten${only.note ?? ''} REMOVE standing, #role, since, receivedSeq, readSeq, receiptAt, waitingConnectionId`,
        condition: only.condition,
        names: ROLE,
        values: { ...only.values, ':forgotten': Math.floor(this.now() / 1000) + REMEMBERED },
        returns: 'ALL_OLD',
      },
    );
  }

  #write(person: Person, instead: readonly Member['standing'][], unless = ''): Promise<Row | undefined> {
    const { roomId, userId, standing, since, role = 'member', waitingConnectionId, expiresAt } = person;
    const allowed = Object.fromEntries(instead.map((one) => [`:${one}`, one]));
    const waiting = waitingConnectionId === undefined ? '' : ', waitingConnectionId = :connection';
    const expiry =
      expiresAt === undefined ? ' REMOVE refused, expiresAt' : ', expiresAt = :expiresAt REMOVE refused';
    return this.table.update(
      { roomId, userId },
      {
        set: `SET standing = :standing, #role = if_not_exists(#role, :role), since = if_not_exists(since, :since), receivedSeq = if_not_exists(receivedSeq, :none), readSeq = if_not_exists(readSeq, :none)${waiting}${expiry}`,
        condition: `(attribute_not_exists(standing) OR standing IN (${Object.keys(allowed).join(', ')})) AND ${LIVE}${unless}`,
        names: ROLE,
        values: {
          ...{ ':standing': standing, ':role': role, ':since': since, ':none': 0 },
          ...{ ':connection': waitingConnectionId, ...allowed, ...this.time() },
          ':expiresAt': expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
        },
      },
    );
  }

  #read({ roomId, userId }: Person): Promise<Row | undefined> {
    return this.table.get({ roomId, userId });
  }

  /** Tries until nothing expired is in the way: what such a row held must not come back with the person. */
  async #pastExpired<T>({ roomId, userId }: Person, attemptOnce: () => Promise<T | undefined>): Promise<T> {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const outcome = await attemptOnce();
      if (outcome !== undefined) return outcome;
      await this.table.delete(
        { roomId, userId },
        { condition: 'expiresAt <= :seconds', values: this.time() },
      );
    }
    throw new Error('A row of Members was another one with every try');
  }

  #isLive({ expiresAt }: Row): boolean {
    return typeof expiresAt !== 'number' || expiresAt * 1000 > this.now();
  }
}
