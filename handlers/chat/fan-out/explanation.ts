/** What the ledger says about one message, told attempt by attempt and person by person. Pure functions of its rows. */
import { partOfPlace } from './audience-plan';
import { personalPartition, placesOf, slotOf } from '../ids';
import { failuresOf, missedOfPart, missedParts, shortSlot, type Missed, type PartRecord } from './ledger';
import type { Plan } from './plan';

/** What one attempt did, in connections. */
export interface AttemptSummary {
  readonly attempt: number;
  /** Parts in which somebody was missed before it. */
  readonly due: readonly number[];
  readonly posted: number;
  readonly gone: number;
  /** By reason, e.g. `status_500`. */
  readonly failed: Readonly<Record<string, number>>;
  /** Connections of unfinished parts that have no outcome. Exact after an attempt that finished, else estimated. */
  readonly unknown: number;
  /** Parts that were begun and not finished, ascending: the worker died, or is still at it. */
  readonly unfinished: readonly number[];
  /** Parts that were due and not begun, ascending. */
  readonly notBegun: readonly number[];
}

/** Tells the attempts 1 to `attempts` of a fan-out, also those of which the ledger knows nothing. */
export function attemptSummaries(
  plan: Plan,
  records: readonly PartRecord[],
  attempts: number,
): AttemptSummary[] {
  const last = Math.max(attempts, ...records.map(({ attempt }) => attempt));
  return Array.from({ length: last }, (_, index) => summaryOf(index + 1, plan, records));
}

function summaryOf(attempt: number, plan: Plan, records: readonly PartRecord[]): AttemptSummary {
  const own = records.filter((record) => record.attempt === attempt);
  const due = missedParts(
    plan,
    records.filter((record) => record.attempt < attempt),
  );
  const begun = new Set(own.map(({ part }) => part));
  const failed: Record<string, number> = {};
  for (const reason of own.flatMap((record) => [...failuresOf(record).values()]))
    failed[reason] = (failed[reason] ?? 0) + 1;
  const unfinished = own.filter(({ finished }) => !finished);
  return {
    attempt,
    due,
    // Sets, because a write that was repeated, its answer lost, stands twice in its record.
    posted: new Set(own.flatMap(({ posted }) => posted)).size,
    gone: new Set(own.flatMap(({ gone }) => gone)).size,
    failed,
    unknown: unfinished.reduce((sum, record) => sum + withoutOutcome(record, plan, records), 0),
    unfinished: unfinished.map(({ part }) => part),
    notBegun: due.filter((part) => !begun.has(part)),
  };
}

function withoutOutcome(record: PartRecord, plan: Plan, records: readonly PartRecord[]): number {
  const before = missedBefore(record, records);
  const wanted = before === 'everybody' ? Math.round(plan.size / plan.parts) : before.length;
  const named = new Set([...record.posted, ...record.gone, ...record.failed.map(({ slot }) => slot)]);
  return Math.max(0, wanted - named.size);
}

/** Whom this attempt was to serve in its part. */
function missedBefore({ part, attempt }: PartRecord, records: readonly PartRecord[]): Missed {
  return missedOfPart(records.filter((record) => record.part === part && record.attempt < attempt));
}

/** What one attempt recorded of one connection; `unknown` where its worker died before it said. */
export type Outcome = { readonly attempt: number } & (
  | { readonly outcome: 'posted' | 'gone' | 'unknown' }
  | { readonly outcome: 'failed'; readonly reason: string }
);

/**
 * How it stands with a connection. Beside the outcomes: `sender`, who had the reply instead of a push; `later`,
 * opened after the message; `absent`, not in the audience when its part was served; `unattempted`, not served yet.
 */
export type Verdict = Outcome['outcome'] | 'sender' | 'later' | 'absent' | 'unattempted';

export interface ConnectionFate {
  /** Known of connections that are open now, and of the one that the message came from. */
  readonly connectionId?: string;
  /** The first 20 digits of its slot. */
  readonly slot: string;
  readonly verdict: Verdict;
  readonly history: readonly Outcome[];
}

export interface PersonFate {
  /** The parts in which their connections can be, ascending: a person has many places. */
  readonly parts: readonly number[];
  /** Connections that the ledger names or that are open now. */
  readonly connections: readonly ConnectionFate[];
  /** How it stands with any other connection that they had then. */
  readonly others: Unnamed;
  /** Attempts that died over a whole part, so that they may have reached connections that nothing names. */
  readonly diedIn: readonly { readonly part: number; readonly attempts: readonly number[] }[];
}

type Unnamed = 'unknown' | 'unattempted' | 'absent';

export interface Person {
  readonly userId: string;
  /** Connections that are open now; none for a person who is long gone. */
  readonly open: readonly { readonly connectionId: string; readonly openedAt: number }[];
}

/** The message as far as a recipient's fate depends on it. */
export interface Posted {
  readonly roomId: string;
  readonly senderId: string;
  readonly origin: string;
  readonly echo: boolean;
  readonly acceptedAt: number;
}

/** What became of each connection of a person. Slots follow from the user id, so nobody need be there any more. */
export function fateOf(
  person: Person,
  message: Posted,
  plan: Plan,
  records: readonly PartRecord[],
): PersonFate {
  const partition = plan.partitions === undefined ? message.roomId : personalPartition(person.userId);
  const places = placesOf(partition, person.userId);
  const partOf = (slot: string) => {
    if (plan.partitions !== undefined) return plan.partitions.indexOf(partition);
    return plan.parts === 0 ? 0 : partOfPlace(slot.slice(0, PLACE_DIGITS), plan.parts);
  };
  // Who is not in a direct room, or had no connection when it was planned, is in no part of it.
  const parts = [...new Set(places.map(partOf))].filter((part) => part >= 0).sort((a, b) => a - b);
  const inOrder = records.toSorted((a, b) => a.attempt - b.attempt);
  const byPart = new Map(parts.map((part) => [part, inOrder.filter((record) => record.part === part)]));
  const unnamedIn = (part: number): Unnamed => {
    const own = byPart.get(part);
    if (own === undefined) return 'absent';
    if (own.length === 0 && plan.parts > 0) return 'unattempted';
    return attemptsThatDied(own).length > 0 ? 'unknown' : 'absent';
  };

  const known = new Map<string, { connectionId?: string; openedAt?: number }>();
  for (const slot of [...byPart.values()].flat().flatMap(slotsNamed))
    if (places.includes(slot.slice(0, PLACE_DIGITS))) known.set(shortSlot(slot), {});
  const slotBy = (connectionId: string) => shortSlot(slotOf(partition, person.userId, connectionId));
  for (const connection of person.open) known.set(slotBy(connection.connectionId), connection);
  if (message.senderId === person.userId && !message.echo) {
    const slot = slotBy(message.origin);
    known.set(slot, { ...known.get(slot), connectionId: message.origin });
  }

  const connections = [...known].map(([slot, { connectionId, openedAt }]): ConnectionFate => {
    const own = byPart.get(partOf(slot)) ?? [];
    const history = own.flatMap((record) => outcomeOf(slot, record, own));
    const isOrigin = connectionId === message.origin && !message.echo;
    const isNamed = own.some((record) => slotsNamed(record).some((one) => shortSlot(one) === slot));
    const verdict = (): Verdict => {
      if (isOrigin) return 'sender';
      if (history.some(({ outcome }) => outcome === 'posted')) return 'posted';
      if (!isNamed && openedAt !== undefined && openedAt > message.acceptedAt) return 'later';
      return history.at(-1)?.outcome ?? unnamedIn(partOf(slot));
    };
    const found = verdict();
    const told = found === 'sender' || found === 'later' ? [] : history;
    return { ...(connectionId === undefined ? {} : { connectionId }), slot, verdict: found, history: told };
  });

  const unnamed = parts.map(unnamedIn);
  const others = (['unknown', 'unattempted'] as const).find((one) => unnamed.includes(one)) ?? 'absent';
  const diedIn = [...byPart]
    .map(([part, own]) => ({ part, attempts: attemptsThatDied(own) }))
    .filter(({ attempts }) => attempts.length > 0);
  return { parts, connections, others, diedIn };
}

/** A slot's first half. */
const PLACE_DIGITS = 16;

/** The attempts at one part that were to serve all of it and did not finish. */
function attemptsThatDied(own: readonly PartRecord[]): number[] {
  return own
    .filter((record) => !record.finished && missedBefore(record, own) === 'everybody')
    .map(({ attempt }) => attempt);
}

function slotsNamed({ posted, gone, failed }: PartRecord): string[] {
  return [...posted, ...gone, ...failed.map(({ slot }) => slot)];
}

function outcomeOf(slot: string, record: PartRecord, records: readonly PartRecord[]): Outcome[] {
  const { attempt } = record;
  const is = (other: string) => shortSlot(other) === slot;
  if (record.posted.some(is)) return [{ attempt, outcome: 'posted' }];
  if (record.gone.some(is)) return [{ attempt, outcome: 'gone' }];
  const failure = record.failed.findLast((one) => is(one.slot));
  if (failure !== undefined) return [{ attempt, outcome: 'failed', reason: failure.reason }];
  const before = missedBefore(record, records);
  const wanted = before === 'everybody' || before.some(is);
  return wanted && !record.finished ? [{ attempt, outcome: 'unknown' }] : [];
}
