import type { ParleyClient } from '../../client';

/** What a client told of one room, in order: a message, or that messages are missing. */
export type LogEntry =
  | { readonly seq: number; readonly messageId: string; readonly text: string }
  | { readonly missing: { readonly after: number; readonly upTo: number }; readonly reason: string };

export interface ClientLog {
  readonly name: string;
  /** The number after which the client began to listen. */
  readonly from: number;
  readonly entries: readonly LogEntry[];
}

/** A message as somebody sent it, and the number that its reply gave, if a reply came. */
export interface Sent {
  readonly text: string;
  readonly seq?: number;
}

export interface Stored {
  readonly seq: number;
  readonly messageId: string;
  readonly text: string;
}

/** One line for each fault that was found. */
export interface Findings {
  readonly lost: string[];
  readonly duplicated: string[];
  readonly misordered: string[];
  readonly phantom: string[];
}

/**
 * Compares what was sent, what is stored and what each client told of a room. The texts of all that was sent must
 * differ. What a client said out loud to be missing is not lost; everything else from its start to the room's end is
 * to be there once, in order, as it was sent.
 */
export function checkChatLogs({
  sent,
  stored,
  clients,
}: {
  readonly sent: readonly Sent[];
  readonly stored: readonly Stored[];
  readonly clients: readonly ClientLog[];
}): Findings {
  const findings: Findings = { lost: [], duplicated: [], misordered: [], phantom: [] };
  checkStore(sent, stored, findings);
  const rows = new Map(stored.map((row) => [row.seq, row]));
  for (const client of clients) checkClient(client, rows, findings);
  return findings;
}

function checkStore(sent: readonly Sent[], stored: readonly Stored[], findings: Findings): void {
  const { lost, duplicated, phantom } = findings;
  const bySeq = new Map<number, Stored>();
  const byText = new Map<string, Stored>();
  const texts = new Set(sent.map(({ text }) => text));
  for (const row of stored) {
    if (bySeq.has(row.seq)) duplicated.push(`store: number ${row.seq}`);
    if (byText.has(row.text)) duplicated.push(`store: "${row.text}" is also ${row.seq}`);
    if (!texts.has(row.text)) phantom.push(`store: ${row.seq} "${row.text}" was sent by nobody`);
    bySeq.set(row.seq, row);
    byText.set(row.text, row);
  }
  for (let seq = 1; seq <= Math.max(0, ...bySeq.keys()); seq += 1) {
    if (!bySeq.has(seq)) lost.push(`store: number ${seq}`);
  }
  for (const { text, seq } of sent) {
    if (seq === undefined) continue;
    const row = byText.get(text);
    if (row === undefined) lost.push(`store: "${text}", accepted as ${seq}`);
    else if (row.seq !== seq) phantom.push(`store: "${text}" is ${row.seq}, accepted as ${seq}`);
  }
}

function checkClient(
  { name, from, entries }: ClientLog,
  stored: ReadonlyMap<number, Stored>,
  { lost, duplicated, misordered, phantom }: Findings,
): void {
  const seen = new Set<number>();
  const told: { after: number; upTo: number }[] = [];
  let last = from;
  for (const entry of entries) {
    if ('missing' in entry) {
      told.push(entry.missing);
      continue;
    }
    const { seq, messageId, text } = entry;
    const row = stored.get(seq);
    if (seen.has(seq)) duplicated.push(`${name}: number ${seq}`);
    else if (seq < last) misordered.push(`${name}: ${seq} after ${last}`);
    if (row?.messageId !== messageId || row.text !== text) {
      phantom.push(`${name}: ${seq} "${text}" is not what is stored`);
    }
    seen.add(seq);
    last = Math.max(last, seq);
  }
  for (const seq of stored.keys()) {
    const isTold = told.some(({ after, upTo }) => seq > after && seq <= upTo);
    if (seq > from && !seen.has(seq) && !isTold) lost.push(`${name}: number ${seq}`);
  }
}

/** Writes down what a client tells of a room from now on. `from` is where it begins to listen. */
export function listenTo(client: ParleyClient, name: string, roomId: string, from = 0): ClientLog {
  const entries: LogEntry[] = [];
  client.on('message', ({ roomId: where, seq, messageId, message }) => {
    if (where === roomId) entries.push({ seq, messageId, text: message });
  });
  client.on('recovery', (event) => {
    if (event.roomId !== roomId || event.recovered) return;
    const missing = { after: event.from.seq, upTo: event.to?.seq ?? Infinity };
    entries.push({ missing, reason: event.reason });
  });
  return { name, from, entries };
}

/** The numbers in a log, in its order. */
export function seqsOf({ entries }: ClientLog): number[] {
  return entries.flatMap((entry) => ('seq' in entry ? [entry.seq] : []));
}
