import { Menu } from '@base-ui/react/menu';
import { Copy, PencilLine, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { MenuPopup } from '../parts/menu-popup';
import type { Pressed } from './row-layers';

interface Props {
  readonly of: Pressed;
  readonly onClose: () => void;
  /** Undefined where this person may not. */
  readonly onEdit: (() => void) | undefined;
  readonly onDelete: (() => void) | undefined;
}

/** What can be done with one message, beside the button of its row. */
export function MessageMenu({ of: { message, button }, onClose, onEdit, onDelete }: Props) {
  /** A field or a dialog takes the keyboard then, and the button does not get it back. */
  const goesOn = useRef(false);
  const goOn = (action: () => void) => () => {
    goesOn.current = true;
    action();
  };
  return (
    <Menu.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <MenuPopup
        label="Menu of the message"
        sideOffset={4}
        anchor={button}
        finalFocus={() => !goesOn.current && button}
      >
        <Menu.Item className="menu-item" onClick={() => void navigator.clipboard.writeText(message.text)}>
          <Copy aria-hidden="true" /> Copy the text
        </Menu.Item>
        {onEdit !== undefined && (
          <Menu.Item className="menu-item" onClick={goOn(onEdit)}>
            <PencilLine aria-hidden="true" /> Edit
          </Menu.Item>
        )}
        {onDelete !== undefined && (
          <Menu.Item className="menu-item menu-item-grave" onClick={goOn(onDelete)}>
            <Trash2 aria-hidden="true" /> Delete …
          </Menu.Item>
        )}
      </MenuPopup>
    </Menu.Root>
  );
}
