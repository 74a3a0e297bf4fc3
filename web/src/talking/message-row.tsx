import { memo } from 'react';
import { Avatar } from '../parts/avatar';
import { GuestMark } from '../people/guest-mark';
import type { Conversation } from '../rooms/conversation';
import { EditMessage } from './edit-message';
import { LineRow } from './line-row';
import { Markdown } from './markdown';
import { MarkSign, type Mark } from './marks';
import type { RowActions } from './row-layers';
import { dayOf, fullTimeOf, timeOf } from './times';
import type { Entry, Message, Missing } from './timeline';

interface Props {
  readonly entry: Entry;
  readonly conversation: Conversation;
  readonly isOwn: boolean;
  readonly isEditing: boolean;
  readonly hasMenuOpen: boolean;
  readonly actions: RowActions;
  readonly isFirstOfDay: boolean;
  readonly isFirstOfGroup: boolean;
  readonly isFirstUnread: boolean;
  readonly isPointed: boolean;
  readonly mark: Mark | undefined;
}

/** One entry with what stands above it: the day, the line above what is new. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { entry, conversation, isFirstOfDay, isFirstUnread } = props;
  return (
    <>
      {isFirstOfDay && entry.kind !== 'missing' && (
        <div className="day">
          <span>{dayOf(entry.at)}</span>
        </div>
      )}
      {isFirstUnread && (
        <div className="first-unread">
          <span>New</span>
        </div>
      )}
      {entry.kind === 'message' && <Said {...props} message={entry} />}
      {entry.kind === 'line' && <LineRow line={entry} conversation={conversation} />}
      {entry.kind === 'missing' && <p className="line">{MISSING[entry.reason]}</p>}
    </>
  );
});

const MISSING: Readonly<Record<Missing['reason'], string>> = {
  deleted: 'A message was deleted.',
  expired: 'Earlier messages are kept no longer.',
  missing: 'A message is missing here.',
};

/**
 * Rows come and go as one scrolls, so they have nothing of their own that takes long to make: what their buttons open
 * is there once for the whole list.
 */
function Said({
  message,
  isOwn,
  isEditing,
  hasMenuOpen,
  actions,
  isFirstOfGroup,
  isPointed,
  mark,
}: Props & { message: Message }) {
  const { senderId, sender, at, text, edited, deleted } = message;
  const time = timeOf(at);
  const isEdited = edited > 0 && !deleted;
  const hasMark = mark !== undefined && !deleted;
  return (
    <article
      className={`message ${isFirstOfGroup ? 'message-first' : ''} ${isPointed ? 'message-pointed' : ''} ${hasMenuOpen ? 'message-active' : ''}`}
      aria-label={`${sender}, ${time}`}
      data-message-id={message.messageId}
    >
      {isFirstOfGroup && <Avatar userId={senderId} name={sender} />}
      <div className="message-body">
        {isFirstOfGroup && (
          <p className="message-head">
            {isOwn ? (
              <bdi className="message-sender">{sender}</bdi>
            ) : (
              <button
                type="button"
                className="message-sender message-sender-button"
                aria-haspopup="dialog"
                onClick={({ currentTarget }) => actions.showPerson(message, currentTarget)}
              >
                <bdi>{sender}</bdi>
              </button>
            )}
            <GuestMark userId={senderId} />
            <time dateTime={new Date(at).toISOString()} title={fullTimeOf(at)}>
              {time}
            </time>
          </p>
        )}
        {isEditing && <EditMessage message={message} onDone={() => actions.stopEditing()} />}
        {!isEditing && deleted && <p className="message-deleted">This message was deleted.</p>}
        {!isEditing && !deleted && <Markdown text={text} />}
      </div>
      {(isEdited || hasMark) && (
        <span className="message-side">
          {isEdited && <span className="message-edited">edited</span>}
          {hasMark && <MarkSign mark={mark} />}
        </span>
      )}
      {!deleted && !isEditing && (
        <button
          type="button"
          className="icon-button message-menu"
          aria-label={`Do something with the message of ${sender}, ${time}`}
          aria-haspopup="menu"
          aria-expanded={hasMenuOpen}
          onClick={({ currentTarget }) => actions.showMenu(message, currentTarget)}
        />
      )}
    </article>
  );
}
