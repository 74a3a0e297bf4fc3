import type { About } from './conversation';

/** What a conversation is called; the other one of a private one may not be known yet. */
export function nameOf({ kind, name }: About): string {
  if (name !== '') return name;
  return kind === 'direct' ? 'Private conversation' : 'Room';
}
