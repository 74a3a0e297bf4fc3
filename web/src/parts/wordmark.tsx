/** The sign and the name. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" className="wordmark-ground" />
        <path
          className="wordmark-bubble"
          d="M9 10.5a2.5 2.5 0 0 1 2.5-2.5h9a2.5 2.5 0 0 1 2.5 2.5v6a2.5 2.5 0 0 1-2.5 2.5H16l-4.2 4.1c-.5.5-1.3.1-1.3-.6V19A2.5 2.5 0 0 1 9 16.5z"
        />
        <circle cx="13" cy="13.5" r="1.3" className="wordmark-ground" />
        <circle cx="19" cy="13.5" r="1.3" className="wordmark-ground" />
      </svg>
      Parley
    </span>
  );
}
