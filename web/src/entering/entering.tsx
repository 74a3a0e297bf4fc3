import { useId, useState, type FormEvent } from 'react';
import { Wordmark } from '../parts/wordmark';
import './entering.css';

interface Props {
  /** What the person wants to get into, where a meeting's link brought them. */
  readonly isInvited: boolean;
  readonly onGuest: ((name: string) => void) | undefined;
  readonly onSignIn: (() => void) | undefined;
}

/** The first page: who are you? */
export function Entering({ isInvited, onGuest, onSignIn }: Props) {
  return (
    <main className="entering">
      <div className="entering-card">
        <Wordmark />
        <h1>{isInvited ? 'You are invited to a meeting' : 'Come in and talk'}</h1>
        <p className="entering-lead">
          {isInvited
            ? 'Say who you are, and the host is asked to let you in.'
            : 'Rooms for everybody, private conversations, and meetings by a code.'}
        </p>
        {onGuest !== undefined && <GuestForm onGuest={onGuest} />}
        {onGuest !== undefined && onSignIn !== undefined && <p className="entering-or">or</p>}
        {onSignIn !== undefined && (
          <button type="button" className="button entering-wide" onClick={onSignIn}>
            Sign in
          </button>
        )}
      </div>
      <p className="entering-foot">Messages arrive once, in order, and are still there when you come back.</p>
    </main>
  );
}

function GuestForm({ onGuest }: { onGuest: (name: string) => void }) {
  const id = useId();
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('name');
    const name = typeof given === 'string' ? given.trim() : '';
    if (name === '') setProblem('Please give a name: it is what the others see.');
    else onGuest(name);
  };
  return (
    <form onSubmit={submit} noValidate>
      <label htmlFor={id}>Your name</label>
      <input
        id={id}
        name="name"
        className="field"
        maxLength={40}
        autoComplete="nickname"
        autoFocus
        placeholder="George"
        aria-invalid={problem !== ''}
        aria-describedby={`${id}-problem`}
        onChange={() => setProblem('')}
      />
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem}
      </p>
      <button type="submit" className="button button-primary entering-wide">
        Enter as a guest
      </button>
    </form>
  );
}
