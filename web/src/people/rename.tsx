import { useState } from 'react';
import { renameGuest } from '../entering/guest-identity';
import { Modal } from '../parts/modal';
import { Question } from '../parts/question';
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
  const [wanted, setWanted] = useState(name);
  const { isBusy, problem, run } = useAction();
  const save = async (name: string) => {
    if (!(await run(() => session.rename(name)))) return;
    renameGuest(localStorage, session.me.get()?.name ?? name);
    onClose();
  };
  return (
    <Question
      label="Your name"
      autoComplete="nickname"
      maxLength={40}
      value={wanted}
      onValue={setWanted}
      problem={problem}
      isBusy={isBusy}
      answer="Save"
      onAnswer={(name) => void save(name)}
    />
  );
}
