import type { ReactNode } from 'react';
import { Avatar } from '../parts/avatar';
import { useAction } from '../parts/use-action';
import { GuestMark } from '../people/guest-mark';
import type { Person } from '../people/people';
import './meetings.css';

interface Choice {
  readonly label: string;
  readonly act: () => unknown;
}

interface Props {
  readonly person: Pick<Person, 'userId' | 'name'>;
  /** What the person does or asks, as the sentence goes on after their name. */
  readonly children: ReactNode;
  readonly no: Choice;
  readonly yes: Choice;
}

/** A line about somebody, with two answers. */
export function Notice({ person: { userId, name }, children, no, yes }: Props) {
  const { isBusy, problem, run } = useAction();
  const choose = ({ act }: Choice) => void run(() => Promise.resolve(act()));
  return (
    <div className="meeting-notice">
      <Avatar userId={userId} name={name} size="small" />
      <span>
        <bdi>{name}</bdi> <GuestMark userId={userId} /> {children}
        {problem !== '' && <span className="problem"> {problem}</span>}
      </span>
      <button type="button" className="button button-small" disabled={isBusy} onClick={() => choose(no)}>
        {no.label}
      </button>
      <button
        type="button"
        className="button button-primary button-small"
        disabled={isBusy}
        onClick={() => choose(yes)}
      >
        {yes.label}
      </button>
    </div>
  );
}
