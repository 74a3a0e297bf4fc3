import { useState } from 'react';
import { Modal } from '../parts/modal';
import { Question } from '../parts/question';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';
import { MOST_PEOPLE } from './most-people';

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
  const [name, setName] = useState('');
  const [isVideo, setVideo] = useState(true);
  const [asks, setAsks] = useState(true);
  const { isBusy, problem, run } = useAction();
  const start = async (group_name: string) => {
    const meeting = { group_name, media: isVideo ? 'video' : 'chat', approval: asks } as const;
    if (await run(() => meetings.create(meeting))) onClose();
  };
  return (
    <Question
      label="What is it about?"
      placeholder="Room One"
      maxLength={64}
      value={name}
      onValue={setName}
      problem={problem}
      isBusy={isBusy}
      answer="Start"
      onAnswer={(given) => void start(given)}
    >
      <label className="check">
        <input type="checkbox" checked={isVideo} onChange={(event) => setVideo(event.target.checked)} />
        With video, for up to {MOST_PEOPLE} people
      </label>
      <label className="check">
        <input type="checkbox" checked={asks} onChange={(event) => setAsks(event.target.checked)} />
        Ask me about everybody who wants to join
      </label>
    </Question>
  );
}
