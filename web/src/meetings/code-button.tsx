import { Popover } from '@base-ui/react/popover';
import { Copy, Link as LinkIcon, RefreshCw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useAction } from '../parts/use-action';
import type { Person } from '../people/people';
import { PickPerson } from '../people/pick-person';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { meetingLink } from './meetings';
import './meetings.css';

/** The code that lets others into a meeting, to be shared or replaced. */
export function CodeButton({ conversation, code }: { conversation: Conversation; code: string }) {
  const { meetings } = useSession();
  const { roomId = '' } = conversation;
  const isHost = useStore(conversation.about).role !== 'member';
  const here = useStore(conversation.presence.here).people;
  const [done, setDone] = useState<ReactNode>();
  const [invited, setInvited] = useState<readonly Person[]>([]);
  const { isBusy, problem, run } = useAction();
  const copy = (what: string, text: string) =>
    void run(async () => {
      await navigator.clipboard.writeText(text);
      setDone(`${what} copied.`);
    });
  return (
    <Popover.Root onOpenChange={() => setDone(undefined)}>
      <Popover.Trigger className="button button-small conversation-button">
        <LinkIcon aria-hidden="true" /> <span>Invite</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="layer">
          <Popover.Popup className="popover code-card">
            <Popover.Title className="code-card-title">Others join with this code</Popover.Title>
            <code className="code-card-code" data-testid="meeting-code">
              {code}
            </code>
            <div className="code-card-tools">
              <button type="button" className="button button-small" onClick={() => copy('Code', code)}>
                <Copy aria-hidden="true" /> Copy the code
              </button>
              <button
                type="button"
                className="button button-primary button-small"
                onClick={() => copy('Link', meetingLink(code))}
              >
                <LinkIcon aria-hidden="true" /> Copy the link
              </button>
            </div>
            <p role="status">{done}</p>
            {problem !== '' && (
              <p className="problem" role="alert">
                {problem}
              </p>
            )}
            {isHost && (
              <button
                type="button"
                className="text-button"
                disabled={isBusy}
                onClick={() => void run(() => meetings.renewCode(roomId))}
              >
                <RefreshCw aria-hidden="true" /> Replace it: the old one lets nobody in any more
              </button>
            )}
            {isHost && (
              <PickPerson
                label="Or invite somebody, who needs no code then"
                without={[...here, ...invited]}
                onPick={({ userId, name }) =>
                  void run(async () => {
                    await meetings.decide(conversation, userId, 'admit');
                    setInvited([...invited, { userId, name }]);
                    setDone(
                      <>
                        <bdi>{name}</bdi> is invited.
                      </>,
                    );
                  })
                }
              />
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
