import { useMemo, useState } from 'react';
import { PersonCard } from '../people/person-card';
import { DeleteMessage } from './delete-message';
import { MessageMenu } from './message-menu';
import type { Message } from './timeline';

/** What the buttons of a row do. */
export interface RowActions {
  showMenu(message: Message, button: HTMLElement): void;
  /** Who wrote a message. */
  showPerson(message: Message, button: HTMLElement): void;
  stopEditing(): void;
}

/** A message and the button of its row that was pressed. */
export interface Pressed {
  readonly message: Message;
  readonly button: HTMLElement;
}

/** Menu, person and question of a list of messages, each there once, for whichever row asks for it. */
export function useRowLayers() {
  const [menu, setMenu] = useState<Pressed>();
  const [person, setPerson] = useState<Pressed>();
  const [editing, setEditing] = useState<string>();
  const [deleting, setDeleting] = useState<string>();
  const actions = useMemo(
    (): RowActions => ({
      showMenu: (message, button) => setMenu({ message, button }),
      showPerson: (message, button) => setPerson({ message, button }),
      stopEditing: () => setEditing(undefined),
    }),
    [],
  );
  /** @param mayDelete whether this person may delete what others wrote */
  const layers = (me: string | undefined, mayDelete: boolean) => {
    const isOwn = menu?.message.senderId === me;
    return (
      <>
        {menu !== undefined && (
          <MessageMenu
            of={menu}
            onClose={() => setMenu(undefined)}
            onEdit={isOwn ? () => setEditing(menu.message.messageId) : undefined}
            onDelete={isOwn || mayDelete ? () => setDeleting(menu.message.messageId) : undefined}
          />
        )}
        {person !== undefined && <PersonCard of={person} onClose={() => setPerson(undefined)} />}
        {deleting !== undefined && (
          <DeleteMessage messageId={deleting} onClose={() => setDeleting(undefined)} />
        )}
      </>
    );
  };
  return { actions, layers, editing, menuOf: menu?.message.messageId };
}
