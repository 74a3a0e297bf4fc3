import { Popover } from '@base-ui/react/popover';
import { Copy, Link as LinkIcon, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';
import { meetingLink } from './meetings';
import './meetings.css';

/** The code that lets others into a meeting, to be shared or replaced. */
export function CodeButton({ roomId, code }: { roomId: string; code: string }) {
  const { meetings, conversations } = useSession();
  const isHost = conversations.inRoom(roomId)?.about.get().role !== 'member';
  const [copied, setCopied] = useState('');
  const { isBusy, problem, run } = useAction();
  const copy = (what: string, text: string) =>
    void run(async () => {
      await navigator.clipboard.writeText(text);
      setCopied(what);
    });
  return (
    <Popover.Root onOpenChange={() => setCopied('')}>
      <Popover.Trigger className="button button-small">
        <LinkIcon aria-hidden="true" /> Invite
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
            <p role="status">{copied !== '' && `${copied} copied.`}</p>
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
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
