import { useId, useState, type FormEvent } from 'react';
import { renameGuest } from '../entering/guest-identity';
import { Modal } from '../parts/modal';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';

/** Changes the name by which the others see one. */
export function Rename({ open, name, onClose }: { open: boolean; name: string; onClose: () => void }) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Change your name"
      lead="The others are told what you are called now."
    >
      <RenameForm name={name} onClose={onClose} />
    </Modal>
  );
}

function RenameForm({ name, onClose }: { name: string; onClose: () => void }) {
  const session = useSession();
  const id = useId();
  const [wanted, setWanted] = useState(name);
  const { isBusy, problem, run } = useAction();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const isDone = await run(() => session.rename(wanted.trim()));
    if (!isDone) return;
    renameGuest(localStorage, session.me.get()?.name ?? wanted.trim());
    onClose();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label htmlFor={id}>Your name</label>
      <input
        id={id}
        className="field"
        value={wanted}
        maxLength={40}
        autoComplete="nickname"
        autoFocus
        aria-describedby={`${id}-problem`}
        onChange={(event) => setWanted(event.target.value)}
      />
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem}
      </p>
      <div className="modal-actions">
        <button type="submit" className="button button-primary" disabled={isBusy || wanted.trim() === ''}>
          Save
        </button>
      </div>
    </form>
  );
}
