import { useState } from 'react';
import { CommandError } from '../../../client';
import { Modal } from '../parts/modal';
import { Question } from '../parts/question';
import { useAction } from '../parts/use-action';
import { useSession } from '../session/session-context';

/** Joins a room by its name; where there is none of that name, offers to create it. */
export function NewRoom({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Join or create a room"
      lead="Rooms go by their names. Whoever knows a name can come in."
    >
      <RoomForm onClose={onClose} />
    </Modal>
  );
}

function RoomForm({ onClose }: { onClose: () => void }) {
  const { client, conversations } = useSession();
  const [name, setName] = useState('');
  const [isMissing, setMissing] = useState(false);
  const { isBusy, problem, run, forget } = useAction();

  const enter = async (entering: () => ReturnType<typeof client.commands.joinRoom>) => {
    const isIn = await run(async () => {
      try {
        const { roomId, kind, room } = await entering();
        conversations.show(conversations.entered(roomId, kind, room));
      } catch (error) {
        // Somebody who is there already only has to be shown the room.
        const rooms = conversations.all.get().filter(({ about }) => about.get().kind === 'channel');
        const known = rooms.find(({ about }) => sameName(about.get().name, name));
        if (isRefusal(error, 'already_joined') && known !== undefined) return conversations.show(known);
        setMissing(isRefusal(error, 'unknown_room'));
        throw isRefusal(error, 'unknown_room') ? new Error('There is no room of that name.') : error;
      }
    });
    if (isIn) onClose();
  };
  return (
    <Question
      label="Name of the room"
      placeholder="lobby"
      maxLength={64}
      value={name}
      onValue={(written) => {
        setName(written);
        setMissing(false);
        forget();
      }}
      problem={problem}
      isBusy={isBusy}
      answer="Join"
      onAnswer={(room) => void enter(() => client.commands.joinRoom(room))}
      actions={
        isMissing && (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() => void enter(() => client.commands.createRoom(name.trim()))}
          >
            Create it
          </button>
        )
      }
    />
  );
}

function isRefusal(error: unknown, reason: string): boolean {
  return error instanceof CommandError && error.reason === reason;
}

/** As the server compares them. */
function sameName(one: string, other: string): boolean {
  const plain = (name: string) => name.trim().replace(/\s+/g, ' ').toLowerCase();
  return plain(one) === plain(other);
}
