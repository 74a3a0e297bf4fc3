import { append } from '../../handlers/chat/sending/append';
import { ClientError } from '../../handlers/chat/errors';
import { HeadHints } from '../../handlers/chat/sending/hints';
import type { Message } from '../../handlers/chat/messages';
import type { Now } from '../../handlers/chat/ports';
import type { Outbox } from '../../handlers/chat/storage/messages';
import { aDraft } from './memory/examples';

/**
 * One process that numbers messages: like a function's worker it remembers the last number it gave.
 * @param roomHead what it reads as the room's head
 */
export function caller(roomId: string, { outbox, now }: { outbox: Outbox; now: Now }, roomHead = () => 0) {
  const hints = new HeadHints();
  return async (): Promise<Message> => {
    const last = hints.get(roomId, now()) ?? (await outbox.lastSeq(roomId));
    return append(aDraft(now(), { roomId }), Math.max(last, roomHead()), { outbox, hints, now });
  };
}

/** So many callers at once, each with so many messages one after the other, into one room. */
export async function numberAtOnce(
  { callers, messages, roomId }: { callers: number; messages: number; roomId: string },
  ports: { outbox: Outbox; now: Now },
): Promise<{ numbered: Message[]; busy: number }> {
  const numbered: Message[] = [];
  let busy = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      const send = caller(roomId, ports);
      for (let count = 0; count < messages; count += 1) {
        try {
          numbered.push(await send());
        } catch (error) {
          if (!(error instanceof ClientError) || error.error !== 'busy') throw error;
          busy += 1;
        }
      }
    }),
  );
  return { numbered, busy };
}
