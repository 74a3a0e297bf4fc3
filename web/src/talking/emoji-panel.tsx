import { EmojiPicker } from 'frimousse';
import './emoji.css';

/** All emoji, to be searched by their names. Names and groups come from our own server (see vite.config.mts). */
export default function EmojiPanel({ onEmoji }: { onEmoji: (emoji: string) => void }) {
  return (
    <EmojiPicker.Root
      className="emoji-panel"
      columns={8}
      emojibaseUrl={`${location.origin}/emojibase`}
      locale="en"
      onEmojiSelect={({ emoji }) => onEmoji(emoji)}
    >
      <EmojiPicker.Search className="field" placeholder="Search" aria-label="Search emoji" autoFocus />
      <EmojiPicker.Viewport className="emoji-viewport">
        <EmojiPicker.Loading className="sidebar-empty">Loading …</EmojiPicker.Loading>
        <EmojiPicker.Empty className="sidebar-empty">There is none of that name.</EmojiPicker.Empty>
        <EmojiPicker.List
          className="emoji-list"
          components={{
            CategoryHeader: ({ category, ...rest }) => (
              <div className="emoji-category" {...rest}>
                {category.label}
              </div>
            ),
            Row: ({ children, ...rest }) => (
              <div className="emoji-row" {...rest} aria-rowindex={fromOne(rest['aria-rowindex'])}>
                {children}
              </div>
            ),
            Emoji: ({ emoji, ...rest }) => (
              <button
                type="button"
                className="emoji-one"
                {...rest}
                aria-colindex={fromOne(rest['aria-colindex'])}
              >
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </EmojiPicker.Viewport>
    </EmojiPicker.Root>
  );
}

/** ARIA counts rows and columns from 1, the picker from 0. */
function fromOne(index: number | undefined): number | undefined {
  return index === undefined ? undefined : index + 1;
}
