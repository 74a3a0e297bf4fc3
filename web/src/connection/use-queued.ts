import { useCallback, useSyncExternalStore } from 'react';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';

/** How many messages are on their way in all conversations. */
export function useQueued(): number {
  const { conversations, client } = useSession();
  const all = useStore(conversations.all);
  const listen = useCallback(
    (changed: () => void) => {
      const ends = all.map(({ outgoing }) => outgoing.messages.listen(changed));
      ends.push(client.on('accepted', changed), client.on('unsendable', changed));
      ends.push(client.on('unsent', changed), client.on('withdrawn', changed));
      return () => ends.forEach((end) => end());
    },
    [all, client],
  );
  return useSyncExternalStore(
    listen,
    () => client.unsent().filter(({ failure }) => failure === undefined).length,
  );
}
