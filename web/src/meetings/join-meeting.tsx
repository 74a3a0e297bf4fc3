import { useId, useState, type FormEvent } from 'react';
import { Modal } from '../parts/modal';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';
import { codeIn } from './meetings';

interface Props {
  readonly open: boolean;
  /** The code of the link that was followed; empty where there was none. */
  readonly given: string;
  readonly onClose: () => void;
}

/** Enters a meeting by its code, or asks its host. */
export function JoinMeeting({ open, given, onClose }: Props) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Join a meeting"
      lead="With the code or the link that somebody gave you."
    >
      <CodeForm given={given} onClose={onClose} />
    </Modal>
  );
}

function CodeForm({ given, onClose }: { given: string; onClose: () => void }) {
  const { meetings } = useSession();
  const id = useId();
  const [code, setCode] = useState(given);
  const { isBusy, problem, run } = useAction();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() !== '' && (await run(() => meetings.join(codeIn(code))))) onClose();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label htmlFor={id}>Code or link</label>
      <input
        id={id}
        className="field field-code"
        value={code}
        autoComplete="off"
        spellCheck={false}
        autoFocus
        aria-describedby={`${id}-problem`}
        onChange={(event) => setCode(event.target.value)}
      />
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem}
      </p>
      <div className="modal-actions">
        <button type="submit" className="button button-primary" disabled={isBusy || code.trim() === ''}>
          Ask to join
        </button>
      </div>
    </form>
  );
}
