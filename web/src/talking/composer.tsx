import { SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { flushSync } from 'react-dom';
import { IconButton } from '../parts/icon-button';
import type { Conversation } from '../rooms/conversation';
import { nameOf } from '../rooms/conversation-name';
import { useSession } from '../session/session-context';
import { usePart } from '../session/store';
import { EmojiButton } from './emoji-button';
import './composer.css';

/** Where one writes. What is not sent is kept for the conversation, also over a reload. */
export function Composer({ conversation, onSent }: { conversation: Conversation; onSent: () => void }) {
  const { client, connection, conversations, drafts } = useSession();
  const name = usePart(conversation.about, nameOf);
  const [text, setText] = useState(() => drafts.get(conversation.key) ?? '');
  const [problem, setProblem] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useHeightOf(field, text);
  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (!matchMedia('(pointer: fine)').matches) return;
    const isAtSomething = document.activeElement !== null && document.activeElement !== document.body;
    if (conversations.isAsked || !isAtSomething) field.current?.focus();
  }, [conversations]);

  const write = (written: string) => {
    setText(written);
    setProblem('');
    if (written === '') drafts.delete(conversation.key);
    else drafts.set(conversation.key, written);
    if (written !== '' && conversation.roomId !== undefined && connection.isLive) {
      conversation.typing.say(client, conversation.roomId);
    }
  };
  const send = () => {
    const said = text.trim();
    if (said === '') return;
    write('');
    onSent();
    conversation.send(said).catch((error: unknown) => {
      // It can never be sent like this, so it goes back to be changed.
      write(said);
      setProblem(error instanceof Error ? error.message : 'It could not be sent.');
    });
    field.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const insert = (emoji: string) => {
    const at = field.current?.selectionStart ?? text.length;
    const to = field.current?.selectionEnd ?? at;
    flushSync(() => write(text.slice(0, at) + emoji + text.slice(to)));
    field.current?.focus();
    field.current?.setSelectionRange(at + emoji.length, at + emoji.length);
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {problem !== '' && (
        <p className="problem composer-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="composer-box">
        <EmojiButton onEmoji={insert} />
        <textarea
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          aria-label={`Message to ${name}`}
          placeholder={`Message to ${name}`}
          onChange={(event) => write(event.target.value)}
          onKeyDown={pressed}
        />
        <IconButton label="Send" className="composer-send" type="submit" disabled={text.trim() === ''}>
          <SendHorizontal aria-hidden="true" />
        </IconButton>
      </div>
    </form>
  );
}

const TALLEST_PX = 200;

/** As tall as its text, where the browser cannot do that by itself (`field-sizing`). */
function useHeightOf(field: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  useEffect(() => {
    const element = field.current;
    if (element === null || CSS.supports('field-sizing', 'content')) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, TALLEST_PX)}px`;
  }, [field, text]);
}
