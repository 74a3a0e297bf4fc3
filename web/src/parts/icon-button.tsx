import { Tooltip } from '@base-ui/react/tooltip';
import type { ComponentProps, ReactNode } from 'react';

interface Props extends ComponentProps<'button'> {
  /** What screen readers say and the tooltip shows. */
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({ label, children, className = '', ...button }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        render={
          <button type="button" aria-label={label} className={`icon-button ${className}`} {...button} />
        }
      >
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6}>
          <Tooltip.Popup className="tooltip">{label}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
