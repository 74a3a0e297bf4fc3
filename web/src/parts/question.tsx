import { useId, type ComponentProps, type ReactNode } from 'react';

interface Props extends Pick<
  ComponentProps<'input'>,
  'maxLength' | 'placeholder' | 'autoComplete' | 'spellCheck'
> {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** Why it did not work; empty where there is nothing to say. */
  readonly problem: string;
  readonly isBusy: boolean;
  /** Asked with the value, which is not blank, without the white space around it. */
  readonly onAnswer: (value: string) => void;
  /** What the button says that does so. */
  readonly answer: string;
  /** What else is asked. */
  readonly children?: ReactNode;
  /** What else can be done. */
  readonly actions?: ReactNode;
  readonly isCode?: boolean;
}

/** What a dialog asks for: one field to write into, with what else belongs to it, and what went wrong. */
export function Question({
  label,
  value,
  onValue,
  problem,
  isBusy,
  onAnswer,
  answer,
  children,
  actions,
  isCode = false,
  autoComplete = 'off',
  ...field
}: Props) {
  const id = useId();
  const given = value.trim();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (given !== '' && !isBusy) onAnswer(given);
      }}
    >
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={`field ${isCode ? 'field-code' : ''}`}
        dir="auto"
        autoFocus
        autoComplete={autoComplete}
        {...field}
        value={value}
        aria-invalid={problem !== ''}
        aria-describedby={`${id}-problem`}
        onChange={(event) => onValue(event.target.value)}
      />
      {children}
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem}
      </p>
      <div className="modal-actions">
        {actions}
        <button type="submit" className="button button-primary" disabled={isBusy || given === ''}>
          {answer}
        </button>
      </div>
    </form>
  );
}
