import type { Message } from '../../../handlers/chat/messages';
import type { ChatHistory } from '../../../handlers/chat/ports';
import type { Calls } from './calls';

export class MemoryChatHistory implements ChatHistory {
  /** By message id. */
  readonly rows = new Map<string, { message: Message; expiresAt: number | undefined }>();

  constructor(private readonly calls: Calls) {}

  keep(message: Message, expiresAt: number | undefined): Promise<void> {
    return this.calls.run('history.keep', message, (copy) => {
      this.rows.set(`${copy.roomId}.${copy.seq}`, { message: copy, expiresAt });
    });
  }
}
