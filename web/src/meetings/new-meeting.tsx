import { useId, useState, type FormEvent } from 'react';
import { Modal } from '../parts/modal';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';

/** Starts a meeting; its code is in its head then. */
export function NewMeeting({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Start a meeting"
      lead="You get a code. Whoever has it can ask to come in."
    >
      <MeetingForm onClose={onClose} />
    </Modal>
  );
}

function MeetingForm({ onClose }: { onClose: () => void }) {
  const { meetings } = useSession();
  const id = useId();
  const [name, setName] = useState('');
  const [isVideo, setVideo] = useState(true);
  const [asks, setAsks] = useState(true);
  const { isBusy, problem, run } = useAction();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const meeting = { group_name: name.trim(), media: isVideo ? 'video' : 'chat', approval: asks } as const;
    if (name.trim() !== '' && (await run(() => meetings.create(meeting)))) onClose();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label htmlFor={id}>What is it about?</label>
      <input
        id={id}
        className="field"
        value={name}
        maxLength={80}
        autoComplete="off"
        autoFocus
        placeholder="Room One"
        aria-describedby={`${id}-problem`}
        onChange={(event) => setName(event.target.value)}
      />
      <label className="check">
        <input type="checkbox" checked={isVideo} onChange={(event) => setVideo(event.target.checked)} />
        With video, for up to 6 people
      </label>
      <label className="check">
        <input type="checkbox" checked={asks} onChange={(event) => setAsks(event.target.checked)} />
        Ask me about everybody who wants to join
      </label>
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem}
      </p>
      <div className="modal-actions">
        <button type="submit" className="button button-primary" disabled={isBusy || name.trim() === ''}>
          Start
        </button>
      </div>
    </form>
  );
}
