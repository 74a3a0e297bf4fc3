import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

const json = z.record(z.string(), z.unknown());

const conversation = z.object({
  /** Who takes part, by the name that steps use: `account` signs in, as the documented `userId`; a guest keeps an identity by a `secret`. */
  people: z.record(
    z.string(),
    z.union([
      z.object({ account: z.string(), userId: z.string() }),
      z.object({ name: z.optional(z.string()), secret: z.string() }),
    ]),
  ),
  steps: z.array(
    z.object({
      by: z.string(),
      sends: json,
      gets: json,
      /** Pushes that follow, by who gets them; what nobody is shown to get is left out of the story, not ruled out. */
      others: z._default(z.array(z.object({ to: z.string(), gets: json })), []),
    }),
  ),
});

export type Conversation = z.output<typeof conversation>;
export type Step = Conversation['steps'][number];

/** The examples of all documents: one conversation, which a test holds with the running product. */
export function readConversation(root: string): Conversation {
  const file = path.join(root, 'docs', 'examples', 'conversation.json');
  return conversation.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The action of a step's frame: a message may come without one. */
export function actionOf({ sends }: Step): string {
  return typeof sends.action === 'string' ? sends.action : 'sendMessage';
}
