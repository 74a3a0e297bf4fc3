import { Modal } from '../parts/modal';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';

/** Asks before a text goes for good. */
export function DeleteMessage({ messageId, onClose }: { messageId: string; onClose: () => void }) {
  const { client } = useSession();
  const { isBusy, problem, run } = useAction();
  const remove = async () => {
    if (await run(() => client.delete(messageId))) onClose();
  };
  return (
    <Modal open onClose={onClose} title="Delete this message?" lead="Its text goes for good, for everybody.">
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="button button-grave" disabled={isBusy} onClick={() => void remove()}>
          Delete
        </button>
      </div>
    </Modal>
  );
}
