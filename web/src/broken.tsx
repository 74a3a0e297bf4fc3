import { Component, type ReactNode } from 'react';

/** The page cannot go on; says why, and offers to begin anew. */
export function Broken({ title = 'Parley cannot start', problem }: { title?: string; problem: string }) {
  return (
    <main className="page-wait">
      <div role="alert">
        <h1>{title}</h1>
        <p>{problem}</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    </main>
  );
}

/** A fault while drawing would leave an empty page. What was sent and not accepted is kept, and goes out after it. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly problem?: string }> {
  override state: { readonly problem?: string } = {};

  static getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { problem } = this.state;
    if (problem === undefined) return this.props.children;
    return <Broken title="Parley has stumbled" problem={problem} />;
  }
}
