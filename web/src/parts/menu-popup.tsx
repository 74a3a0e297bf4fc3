import { Menu } from '@base-ui/react/menu';
import type { ComponentProps, ReactNode } from 'react';

interface Props {
  /** Whose menu it is, for those who come upon it by its place on the page. */
  readonly label: string;
  readonly sideOffset?: number;
  readonly anchor?: HTMLElement;
  readonly finalFocus?: ComponentProps<typeof Menu.Popup>['finalFocus'];
  readonly children: ReactNode;
}

/** The items of a menu. They stand at the end of the page, so they are a region of their own there. */
export function MenuPopup({ label, sideOffset = 6, anchor, finalFocus, children }: Props) {
  return (
    <Menu.Portal role="region" aria-label={label}>
      <Menu.Positioner sideOffset={sideOffset} align="end" className="layer" anchor={anchor}>
        <Menu.Popup className="menu" finalFocus={finalFocus}>
          {children}
        </Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  );
}
