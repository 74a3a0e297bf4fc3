import { useState } from 'react';
import { useQueued } from '../connection/use-queued';
import { Modal } from '../parts/modal';

/** How somebody leaves. */
export interface Leave {
  readonly isGuest: boolean;
  /** Ends it everywhere. Throws where the server could not be told. */
  everywhere(): Promise<void>;
  /** Forgets this person in this browser. */
  here(): void;
}

/** Asks before a guest is forgotten or a person is signed out, and tells where the server did not hear of it. */
export function Leaving({ open, leave, onClose }: { open: boolean; leave: Leave; onClose: () => void }) {
  const { isGuest } = leave;
  return (
    <Modal
      open={open}
      onClose={onClose}
      title={isGuest ? 'Leave, and be forgotten here?' : 'Sign out everywhere?'}
      lead={
        isGuest
          ? 'This browser forgets who you were. There is no way back to your private conversations.'
          : 'You are signed out here and on all your other devices.'
      }
    >
      <LeavingAnswer leave={leave} onClose={onClose} />
    </Modal>
  );
}

function LeavingAnswer({ leave, onClose }: { leave: Leave; onClose: () => void }) {
  const unsent = useQueued();
  const [isBusy, setBusy] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const end = async () => {
    setBusy(true);
    try {
      await leave.everywhere();
    } catch {
      setFailed(true);
      setBusy(false);
    }
  };
  return (
    <>
      {unsent > 0 && (
        <p className="leaving-unsent">
          {unsent === 1 ? '1 message is' : `${unsent} messages are`} not sent yet, and would be lost.
        </p>
      )}
      <p className="problem" role="alert">
        {hasFailed &&
          'The server could not be told, so you are still signed in. Try again, or forget the sign-in here: elsewhere it goes on then.'}
      </p>
      <div className="modal-actions">
        {hasFailed ? (
          <button type="button" className="button" disabled={isBusy} onClick={() => leave.here()}>
            Forget it here
          </button>
        ) : (
          <button type="button" className="button" disabled={isBusy} onClick={onClose}>
            Stay
          </button>
        )}
        <button type="button" className="button button-grave" disabled={isBusy} onClick={() => void end()}>
          {hasFailed ? 'Try again' : leave.isGuest ? 'Leave' : 'Sign out'}
        </button>
      </div>
    </>
  );
}
