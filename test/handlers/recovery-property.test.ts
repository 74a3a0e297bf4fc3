import fc from 'fast-check';
import type { Message, MessageKind } from '../../handlers/chat/messages';
import type { NumberedPush } from '../../handlers/chat/protocol/pushes';
import { SECOND } from '../support/memory/clock';
import { numbers, recalling, seqsOf } from './recalling';

/** What became of one message since it was accepted, and what it was. */
interface Fate {
  readonly kind: MessageKind;
  /** Which of the messages before it an edit or a deletion is about, as a share of them. */
  readonly about: number;
  /** Archived at its turn in a random order, or not yet. */
  readonly archivedAt: number | undefined;
  readonly leftOutbox: boolean;
  readonly lost: boolean;
}

const fate: fc.Arbitrary<Fate> = fc.record({
  kind: fc.constantFrom<MessageKind>('message', 'message', 'message', 'edit', 'delete'),
  about: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  archivedAt: fc.option(fc.nat(1000), { nil: undefined, freq: 6 }),
  leftOutbox: fc.boolean(),
  lost: fc.integer({ min: 0, max: 12 }).map((one) => one === 0),
});

const states = fc.record({
  fates: fc.array(fate, { maxLength: 25, size: 'max' }),
  retention: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 2 }),
  /** Seconds that pass before the question. */
  later: fc.integer({ min: 0, max: 40 }),
  swept: fc.boolean(),
  position: fc.nat(12),
});
type State = typeof states extends fc.Arbitrary<infer T> ? T : never;

/** Brings a room into a state; `readable` and `expired` say of each number what the truth is. */
async function roomIn({ fates, retention, later, swept }: State) {
  const it = await recalling(retention === undefined ? {} : { retentionSeconds: retention });
  const messages: Message[] = [];
  for (const { kind, about } of fates) {
    const candidates = messages.filter((one) => one.kind === 'message');
    const ref = candidates[Math.floor(about * candidates.length)]?.seq;
    messages.push(
      kind === 'message' || ref === undefined
        ? await it.say()
        : await it.say({ kind, ref, ...(kind === 'delete' ? { text: '' } : {}) }),
    );
  }
  const fateOf = ({ seq }: Message) => fates[seq - 1]!;
  const archived = messages
    .filter((one) => fateOf(one).archivedAt !== undefined)
    .sort((a, b) => fateOf(a).archivedAt! - fateOf(b).archivedAt!);
  for (const message of archived) await it.archive(message);
  it.clock.advance(later * SECOND);
  if (swept) it.history.sweepExpired();
  // A row leaves the outbox once it is archived, and then the room's head is not below it.
  for (const message of archived) if (fateOf(message).leftOutbox) it.leaveOutbox(message.seq);
  for (const message of messages) if (fateOf(message).lost) it.loseFromArchive(message.seq);

  const isExpired = ({ acceptedAt }: Message) =>
    retention !== undefined && acceptedAt + retention * SECOND <= it.now();
  const isReadable = (message: Message) => {
    const { archivedAt, leftOutbox, lost } = fateOf(message);
    return (archivedAt !== undefined && !lost) || archivedAt === undefined || !leftOutbox;
  };
  return { ...it, messages, isExpired, isReadable };
}

/** What a client shows after these pushes: texts by number, `undefined` for what was deleted. */
function shownAfter(pushes: readonly NumberedPush[]): Map<number, string | undefined> {
  const shown = new Map<number, { text: string | undefined; rev: number }>();
  for (const push of pushes) {
    if (push.type === 'message') shown.set(push.seq, { text: push.message, rev: push.rev ?? 0 });
    if (push.type === 'tombstone') shown.set(push.seq, { text: undefined, rev: Infinity });
    if (push.type !== 'edited' && push.type !== 'deleted') continue;
    const about = Number(push.ref.split('.')[1]);
    const before = shown.get(about);
    if (before === undefined) continue;
    if (push.type === 'deleted') shown.set(about, { text: undefined, rev: Infinity });
    else if (push.seq > before.rev) shown.set(about, { text: push.message, rev: push.seq });
  }
  return new Map([...shown].map(([seq, { text }]) => [seq, text]));
}

/** What it must show, by the messages as they were accepted. */
function truth(messages: readonly Message[]): Map<number, string | undefined> {
  return new Map(
    messages
      .filter(({ kind }) => kind === 'message')
      .map(({ seq, text }) => {
        const about = messages.filter(({ ref }) => ref === seq);
        const isDeleted = about.some(({ kind }) => kind === 'delete');
        return [seq, isDeleted ? undefined : (about.at(-1)?.text ?? text)];
      }),
  );
}

const RUNS = { numRuns: 400 };

it('resume gives exactly what was missed or says that it cannot, in every state of archive, outbox and expiry', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const it = await roomIn(state);
      const from = Math.min(state.position, it.messages.length);
      const missed = it.messages.slice(from);
      const answer = await it.resume(from);
      const outcome = answer.recovered ? 'recovered' : answer.reason;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (!answer.recovered) {
        expect(['missing', 'retention']).toContain(answer.reason);
        expect(missed.every((one) => it.isReadable(one) && !it.isExpired(one))).toBe(false);
        if (answer.reason === 'retention') expect(state.retention).toBeDefined();
        if (answer.reason === 'missing') expect(missed.every(it.isReadable) && !state.swept).toBe(false);
        return;
      }
      expect(seqsOf(answer.messages)).toEqual(numbers(from + 1, it.messages.length));
      expect(answer).toMatchObject({ seq: it.messages.length, more: false });
      const wanted = truth(it.messages);
      // Of what was deleted nothing is needed.
      const isDeleted = ({ seq }: Message) => wanted.has(seq) && wanted.get(seq) === undefined;
      expect(missed.every((one) => it.isReadable(one) || isDeleted(one))).toBe(true);
      for (const [seq, text] of shownAfter(answer.messages)) {
        if (wanted.has(seq)) expect([seq, text]).toEqual([seq, wanted.get(seq)]);
      }
      expect(seqsOf(answer.messages.filter(({ type }) => type === 'message'))).toEqual(
        seqsOf(missed.filter(({ kind, seq }) => kind === 'message' && wanted.get(seq) !== undefined)),
      );
    }),
    RUNS,
  );
  // The states that were drawn are of all sorts.
  expect(
    Math.min(...['recovered', 'missing', 'retention'].map((one) => outcomes.get(one) ?? 0)),
  ).toBeGreaterThan(20);
}, 60_000);

it('a page of history has each number once, tells nothing that has expired, and says of each gap why', async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const it = await roomIn(state);
      const { messages } = await it.page();
      expect(seqsOf(messages)).toEqual(numbers(1, it.messages.length));
      for (const push of messages) {
        const message = it.messages[push.seq - 1]!;
        const isAbout = (one: Message) => one.kind === 'delete' && one.ref === (message.ref ?? message.seq);
        const gap = push.type === 'tombstone' ? push.reason : 'none';
        if (gap === 'none') expect([it.isReadable(message), it.isExpired(message)]).toEqual([true, false]);
        if (gap === 'deleted') expect(it.messages.some(isAbout)).toBe(true);
        if (gap === 'missing') expect(it.isReadable(message)).toBe(false);
        if (gap === 'expired') expect(it.isExpired(message) || !it.isReadable(message)).toBe(true);
      }
    }),
    RUNS,
  );
}, 60_000);
