import { archiveMessage, type HistoryRow } from '../../handlers/chat/recall/history';
import type { Message } from '../../handlers/chat/messages';
import type { ChatHistory } from '../../handlers/chat/storage/messages';
import { DAY, TestClock } from '../support/memory/clock';
import { aDraft, aRoomId, SECRET_TEXT } from '../support/memory/examples';

export interface ChatHistoryHarness {
  readonly history: ChatHistory;
}

export function chatHistoryContract(name: string, createPort: () => ChatHistoryHarness): void {
  describe(`ChatHistory ${name}`, () => {
    function room() {
      const { history } = createPort();
      const now = new TestClock().now();
      const roomId = aRoomId();
      const message = (seq: number, overrides: Partial<Message> = {}): Message => ({
        ...aDraft(now, { roomId, epoch: 'e_1', senderId: 'u_1', ...overrides }),
        seq,
      });
      const rows = () => history.range(roomId, 1, 100);
      return { history, now, roomId, message, rows };
    }

    it('keeps a message once however often it is told to, because the step is retried', async () => {
      const { history, message, rows } = room();
      const { kind, roomId, seq, room: name, epoch, senderId, sender, acceptedAt, text } = message(1);
      await history.keep(message(1), undefined);
      await history.keep(message(1), undefined);
      const said = { kind, roomId, seq, room: name, epoch, senderId, sender, acceptedAt };
      expect(await rows()).toEqual([{ seq: 1, said, text, erased: false }]);
    });

    it('keeps the kind, the reference and the id that the client gave, because a client that resumes needs them', async () => {
      const { history, message, rows } = room();
      await history.keep(message(2, { kind: 'edit', ref: 1, clientMessageId: 'c-1' }), undefined);
      expect((await rows())[0]?.said).toMatchObject({ kind: 'edit', ref: 1, clientMessageId: 'c-1' });
    });

    it('keeps the expiry that retention gives, because the archive may have to forget', async () => {
      const { history, now, message, rows } = room();
      await history.keep(message(2), now + DAY);
      expect(await rows()).toMatchObject([{ seq: 2, text: SECRET_TEXT, expiresAt: now + DAY }]);
      await history.keep(message(2), undefined);
      expect((await rows())[0]).not.toHaveProperty('expiresAt');
    });

    it('reads the rows from one number to another by number, both included, and of no other room', async () => {
      const { history, roomId, message } = room();
      for (const seq of [11, 2, 9, 10, 12]) await history.keep(message(seq), undefined);
      await history.keep({ ...message(10), roomId: aRoomId() }, undefined);
      expect((await history.range(roomId, 9, 11)).map(({ seq }) => seq)).toEqual([9, 10, 11]);
      expect(await history.range(roomId, 3, 8)).toEqual([]);
    });

    it('reads more than one answer of DynamoDB holds, because 1 MB is its limit', async () => {
      const { history, roomId, message } = room();
      const text = 'x'.repeat(30_000);
      for (let seq = 1; seq <= 40; seq += 1) await history.keep(message(seq, { text }), undefined);
      expect(await history.range(roomId, 1, 40)).toHaveLength(40);
    });

    it('shows of a row that was only noted about that it is no message yet', async () => {
      const { history, roomId, now, rows } = room();
      await history.noteEdit(roomId, 1, { seq: 4, text: 'better' }, now + DAY);
      await history.erase(roomId, 2, now + DAY);
      expect(await rows()).toEqual([
        { seq: 1, text: 'better', rev: 4, erased: false, expiresAt: now + DAY },
        { seq: 2, erased: true, expiresAt: now + DAY },
      ]);
    });

    it('gives a note the expiry of its message once that is kept, and takes none from a later note', async () => {
      const { history, roomId, now, message, rows } = room();
      await history.noteEdit(roomId, 1, { seq: 4, text: 'better' }, now + 2 * DAY);
      await history.keep(message(1), now + DAY);
      await history.erase(roomId, 1, now + 3 * DAY);
      expect(await rows()).toMatchObject([{ seq: 1, erased: true, expiresAt: now + DAY }]);
    });

    /** Everything about message 1, as the outbox has it: two edits, and a third that came in the very moment of the deletion. */
    const story = ({ message }: ReturnType<typeof room>) => [
      message(1, { text: 'first' }),
      message(2, { kind: 'edit', ref: 1, text: 'second' }),
      message(3, { kind: 'edit', ref: 1, text: 'third' }),
      message(4, { kind: 'delete', ref: 1, text: '' }),
      message(5, { kind: 'edit', ref: 1, text: 'late' }),
    ];

    it('comes to the same by every order of archiving two edits, because fan-outs overtake each other', async () => {
      for (const order of permutations([0, 1, 2])) {
        const it = room();
        for (const index of order) await archiveMessage(story(it)[index]!, undefined, it.history);
        expect((await it.rows()).map(shown)).toEqual([
          { seq: 1, text: 'third', rev: 3 },
          { seq: 2, text: 'second' },
          { seq: 3, text: 'third' },
        ]);
      }
    });

    it('forgets the text of a deleted message and of all its edits, in whatever order and however often they are archived', async () => {
      for (const order of permutations([0, 1, 2, 3, 4])) {
        const it = room();
        for (const index of [...order, order[0]!]) {
          await archiveMessage(story(it)[index]!, undefined, it.history);
        }
        const rows = await it.rows();
        expect({ order, words: rows.map(({ text }) => text ?? '').join('') }).toEqual({ order, words: '' });
        expect(rows.map(({ erased }) => erased)).toEqual([true, true, true, false, true]);
        expect(rows.every(({ said }) => said !== undefined)).toBe(true);
      }
    });

    it('forgets it also when all are archived at once', async () => {
      for (let round = 0; round < 10; round += 1) {
        const it = room();
        await Promise.all(story(it).map((message) => archiveMessage(message, undefined, it.history)));
        expect((await it.rows()).map(({ text }) => text ?? '').join('')).toBe('');
      }
    });
  });
}

function shown({ seq, text, rev }: HistoryRow) {
  return { seq, text, ...(rev === undefined ? {} : { rev }) };
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
