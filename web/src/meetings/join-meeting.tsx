import { useState } from 'react';
import { Modal } from '../parts/modal';
import { Question } from '../parts/question';
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
      <CodeForm key={given} given={given} onClose={onClose} />
    </Modal>
  );
}

function CodeForm({ given, onClose }: { given: string; onClose: () => void }) {
  const { meetings } = useSession();
  const [code, setCode] = useState(given);
  const { isBusy, problem, run } = useAction();
  const join = async (written: string) => {
    if (await run(() => meetings.join(codeIn(written)))) onClose();
  };
  return (
    <Question
      label="Code or link"
      isCode
      spellCheck={false}
      value={code}
      onValue={setCode}
      problem={problem}
      isBusy={isBusy}
      answer="Ask to join"
      onAnswer={(written) => void join(written)}
    />
  );
}
