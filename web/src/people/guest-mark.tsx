import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { isGuest } from './people';

/** Stands beside the name of a guest where there are also people who signed in: anybody may take any name. */
export function GuestMark({ userId }: { userId: string }) {
  const { people } = useSession();
  const isMixed = useStore(people.someSignedIn);
  return isMixed && isGuest(userId) ? <span className="guest-mark">guest</span> : null;
}
