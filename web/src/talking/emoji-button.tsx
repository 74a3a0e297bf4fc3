import { Popover } from '@base-ui/react/popover';
import { Smile } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

/** 600 KB of names and search words: fetched by whoever opens it. */
const EmojiPanel = lazy(() => import('./emoji-panel'));

export function EmojiButton({ onEmoji }: { onEmoji: (emoji: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="icon-button" aria-label="Emoji" title="Emoji">
        <Smile aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="start" sideOffset={8} className="layer">
          <Popover.Popup className="popover emoji-popover" aria-label="Emoji">
            <Suspense fallback={<p className="sidebar-empty">Loading …</p>}>
              <EmojiPanel
                onEmoji={(emoji) => {
                  setOpen(false);
                  onEmoji(emoji);
                }}
              />
            </Suspense>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
