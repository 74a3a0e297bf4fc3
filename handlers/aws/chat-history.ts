import type { ChatHistory } from '../chat/ports';
import { Table } from './table';

export function createChatHistory(): ChatHistory {
  const table = new Table('ChatHistory');
  return {
    async keep({ roomId, seq, room, epoch, text, senderId, sender, acceptedAt }, expiresAt) {
      // The same message always gives the same row, so keeping it twice changes nothing.
      await table.put({
        v: 1,
        kind: 'message',
        roomId,
        seq,
        room,
        epoch,
        body: { text },
        senderId,
        sender,
        acceptedAt,
        expiresAt: expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
      });
    },
  };
}
