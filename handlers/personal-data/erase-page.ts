import * as z from 'zod/mini';
import { erasePage, type ErasePorts } from '../chat/personal-data/erasing';
import { PERSONAL_TABLES, type PersonalTable } from '../chat/personal-data/personal-rows';
import * as aws from '../composition';

const place = z.object({
  table: z.enum(PERSONAL_TABLES),
  /** Where in the table to go on, made of ids; null is its beginning. */
  after: z.nullable(z.string()),
});
type Place = z.infer<typeof place>;

const eraseInput = z.object({
  userId: z.string(),
  /** From 1. A pass goes through all tables. */
  pass: z.int(),
  /** Null at the beginning of a pass. */
  next: z.nullable(place),
  /** Rows erased so far: in this pass, and in all by table. */
  erased: z.int(),
  counts: z.record(z.string(), z.int()),
});

export interface EraseResult {
  /** Always present: a Choice on a missing field matches nothing. */
  readonly next: Place | null;
  readonly erased: number;
  readonly counts: Readonly<Record<string, number>>;
}

interface Ports extends ErasePorts {
  /** Milliseconds until Lambda ends this invocation. */
  readonly remaining: () => number;
}

/** A page takes a scan of 1 MB and, where all of it is one person's, some thousand writes. */
const A_PAGE = 30_000;

/**
 * Step of `erase-person`: erases what the tables hold of a person, page by page, while there is time. Answers with
 * numbers and with keys made of ids. Safe to repeat. Connections are left to whoever closes them in the first pass;
 * rows of theirs that are still there in the next have nobody else to remove them.
 */
export async function eraseFrom(input: unknown, ports: Ports): Promise<EraseResult> {
  const { userId, pass, ...given } = eraseInput.parse(input);
  const tables = tablesOf(pass);
  let next: Place | null = given.next ?? beginningOf(tables[0]);
  let { erased } = given;
  const counts: Record<string, number> = { ...given.counts };
  do {
    if (next === null) break;
    const { table }: Place = next;
    const page = await erasePage(table, userId, next.after, ports);
    erased += page.erased;
    counts[table] = (counts[table] ?? 0) + page.erased;
    next = page.next === null ? beginningOf(tables[tables.indexOf(table) + 1]) : { table, after: page.next };
  } while (ports.remaining() > A_PAGE);
  return { next, erased, counts };
}

function tablesOf(pass: number): readonly PersonalTable[] {
  if (pass > 1) return PERSONAL_TABLES;
  return PERSONAL_TABLES.filter((table) => table !== 'Connections' && table !== 'Audience');
}

function beginningOf(table: PersonalTable | undefined): Place | null {
  return table === undefined ? null : { table, after: null };
}

export const handler = (input: unknown, context: { getRemainingTimeInMillis(): number }) =>
  eraseFrom(input, {
    personalData: aws.personalData(),
    history: aws.chatHistory(),
    rooms: aws.rooms(),
    members: aws.members(),
    connections: aws.connections(),
    audience: aws.audience(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
    remaining: () => context.getRemainingTimeInMillis(),
  });
