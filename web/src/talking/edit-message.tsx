import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';
import type { Message } from './timeline';

/** Changes the text of an own message in its place. */
export function EditMessage({ message, onDone }: { message: Message; onDone: () => void }) {
  const { client } = useSession();
  const [text, setText] = useState(message.text);
  const { isBusy, problem, run } = useAction();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  useLayoutEffect(() => {
    const row = field.current?.closest('article');
    return () => {
      if (!row?.contains(document.activeElement)) return;
      // The keyboard goes back to where it came from, once that is there again.
      requestAnimationFrame(() => row.querySelector<HTMLElement>('.message-menu')?.focus());
    };
  }, []);
  const save = async () => {
    const wanted = text.trim();
    if (wanted === '' || wanted === message.text) return onDone();
    if (await run(() => client.edit(message.messageId, wanted))) onDone();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') onDone();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    void save();
  };
  return (
    <div className="edit-message">
      <textarea
        ref={field}
        className="field"
        aria-label="Text of the message"
        value={text}
        dir="auto"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={pressed}
      />
      <div className="edit-message-tools">
        {problem !== '' && (
          <span className="problem" role="alert">
            {problem}
          </span>
        )}
        {isBusy && <span role="status">Saving …</span>}
        <button type="button" className="button button-small" onClick={onDone}>
          Cancel
        </button>
        <button
          type="button"
          className="button button-primary button-small"
          disabled={isBusy}
          onClick={() => void save()}
        >
          Save
        </button>
      </div>
    </div>
  );
}
