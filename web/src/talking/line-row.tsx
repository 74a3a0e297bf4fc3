import { CircleAlert, CircleCheck } from 'lucide-react';
import type { Conversation } from '../rooms/conversation';
import { useAction } from '../parts/use-action';
import type { Line } from './timeline';

/** Who came and went, and what became of an interruption. */
export function LineRow({ line, conversation }: { line: Line; conversation: Conversation }) {
  const { isBusy, problem, run } = useAction();
  const { between } = line;
  const { roomId } = conversation;
  const fill = () =>
    run(async () => {
      if (between === undefined || roomId === undefined) return;
      if (!(await conversation.past.fill(roomId, between))) throw new Error('They could not be loaded now.');
      conversation.timeline.removeLine(line.order);
    });
  return (
    <p className={`line line-${line.tone}`}>
      {line.tone === 'gap' && <CircleAlert aria-hidden="true" />}
      {line.tone === 'recovered' && <CircleCheck aria-hidden="true" />}
      <span dir="auto">{line.text}</span>
      {between !== undefined && (
        <button type="button" className="text-button" disabled={isBusy} onClick={() => void fill()}>
          Look in the history
        </button>
      )}
      {problem !== '' && <span role="alert">{problem}</span>}
    </p>
  );
}
