import type { ChatHistory } from '../../handlers/chat/ports';
import { DAY, TestClock } from '../support/memory/clock';
import { aDraft, aRoomId, SECRET_TEXT } from '../support/memory/examples';

export interface ChatHistoryHarness {
  readonly history: ChatHistory;
  /** The text and expiry (in milliseconds) of each row of a room. */
  readonly rows: (roomId: string) => unknown;
}

export function chatHistoryContract(name: string, createPort: () => ChatHistoryHarness): void {
  describe(`ChatHistory ${name}`, () => {
    it('keeps a message once however often it is told to, because the step is retried', async () => {
      const { history, rows } = createPort();
      const message = { ...aDraft(new TestClock().now(), { roomId: aRoomId() }), seq: 1 };
      await history.keep(message, undefined);
      await history.keep(message, undefined);
      expect(await rows(message.roomId)).toEqual([{ seq: 1, text: SECRET_TEXT, expiresAt: undefined }]);
    });

    it('keeps the expiry that retention gives, because the archive may have to forget', async () => {
      const { history, rows } = createPort();
      const now = new TestClock().now();
      const message = { ...aDraft(now, { roomId: aRoomId() }), seq: 2 };
      await history.keep(message, now + DAY);
      expect(await rows(message.roomId)).toEqual([{ seq: 2, text: SECRET_TEXT, expiresAt: now + DAY }]);
    });
  });
}
