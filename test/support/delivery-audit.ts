/** What a run of messages through a room must have left behind, as pure functions of what was seen. */
import type { Connection } from '../../handlers/chat/connections';
import { personalPartition, slotOf } from '../../handlers/chat/ids';
import { shortSlot, type PartRecord } from '../../handlers/chat/fan-out/ledger';

/** A message as it arrived at one socket. */
export interface Push {
  readonly messageId: string;
  readonly text: string;
}

export interface PushFindings {
  /** Texts that a member did not get, over all members. */
  readonly missing: number;
  /** Arrivals beyond the first of the same message: what a client's dedupe takes out. */
  readonly repeated: number;
  /** Arrivals of the same text beyond the first that are left after that. */
  readonly twice: number;
  /** Arrivals of texts that nobody sent. */
  readonly foreign: number;
}

/**
 * Holds what each member got against the texts that were sent, each once. Members dedupe by message id as clients do,
 * and what is left is counted by text, so that one message kept under two numbers is found too.
 */
export function auditPushes(members: readonly (readonly Push[])[], texts: readonly string[]): PushFindings {
  const sent = new Set(texts);
  let [missing, repeated, twice, foreign] = [0, 0, 0, 0];
  for (const pushes of members) {
    const kept = new Map(pushes.map(({ messageId, text }) => [messageId, text]));
    repeated += pushes.length - kept.size;
    const counts = new Map<string, number>();
    for (const text of kept.values()) {
      if (sent.has(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
      else foreign += 1;
    }
    missing += texts.filter((text) => !counts.has(text)).length;
    for (const count of counts.values()) twice += count - 1;
  }
  return { missing, repeated, twice, foreign };
}

/** One message's audience when it was sent, without the sender's connection, and what the ledger says. */
export interface LedgerOfMessage {
  /** Whole slots. */
  readonly audience: readonly string[];
  /** Those of the audience whose sockets were open throughout. */
  readonly living: readonly string[];
  /** Of all parts and attempts. */
  readonly records: readonly PartRecord[];
}

export interface LedgerFindings {
  /** Slots of the audience that no attempt names. */
  readonly unaccounted: number;
  /** Slots that are named and were not in the audience. */
  readonly strangers: number;
  /** Living ones that no attempt names as posted. */
  readonly unreached: number;
  /** Living ones that an attempt names as gone. */
  readonly declaredGone: number;
}

/** Holds the union of a message's outcomes over its parts and attempts against its audience. */
export function auditLedger({ audience, living, records }: LedgerOfMessage): LedgerFindings {
  const named = (slots: (record: PartRecord) => readonly string[]) =>
    new Set(records.flatMap(slots).map(shortSlot));
  const posted = named((record) => record.posted);
  const gone = named((record) => record.gone);
  const failed = named((record) => record.failed.map(({ slot }) => slot));
  const all = new Set([...posted, ...gone, ...failed]);
  const present = new Set(audience.map(shortSlot));
  const count = (slots: readonly string[], where: (slot: string) => boolean) =>
    slots.map(shortSlot).filter(where).length;
  return {
    unaccounted: count(audience, (slot) => !all.has(slot)),
    strangers: count([...all], (slot) => !present.has(slot)),
    unreached: count(living, (slot) => !posted.has(slot)),
    declaredGone: count(living, (slot) => gone.has(slot)),
  };
}

export type LivingConnection = Pick<Connection, 'connectionId' | 'userId'> & {
  readonly rooms: Iterable<string>;
};

export interface StoredRows {
  readonly connections: readonly { readonly connectionId: string }[];
  readonly audience: readonly { readonly partition: string; readonly slot: string }[];
}

export interface RowFindings {
  /** Rows of connections that are not among the living. */
  readonly unpruned: number;
  /** Rows that the living should have and do not. */
  readonly removed: number;
}

/** Holds the tables Connections and Audience against the connections that live; there may be nobody else in them. */
export function auditRows(living: readonly LivingConnection[], stored: StoredRows): RowFindings {
  const wanted = new Set(living.flatMap((one) => [one.connectionId, ...keysOf(one)]));
  const found = new Set([
    ...stored.connections.map(({ connectionId }) => connectionId),
    ...stored.audience.map(keyOf),
  ]);
  return { unpruned: beyond(found, wanted), removed: beyond(wanted, found) };
}

/** Where a connection stands: once in each of its rooms, and once for the person. */
const keysOf = ({ connectionId, userId, rooms }: LivingConnection) =>
  [...rooms, personalPartition(userId)].map((partition) =>
    keyOf({ partition, slot: slotOf(partition, userId, connectionId) }),
  );

const keyOf = ({ partition, slot }: { partition: string; slot: string }) => `${partition}/${slot}`;

/** How many members of one set are not in the other. */
function beyond(these: ReadonlySet<string>, those: ReadonlySet<string>): number {
  return [...these].filter((one) => !those.has(one)).length;
}
