import { html, page, type Html } from './html';

/** Where things are, as /health and the home page tell it. */
export interface Addresses {
  /** The WebSocket API, e.g. `ws://127.0.0.1:8080/dev`. */
  readonly websocket: string;
  /** The AWS APIs, e.g. `http://127.0.0.1:8080`. */
  readonly endpoint: string;
  /** The operator's view. */
  readonly console: string;
}

/** The command that joins the chat from another terminal. */
export function wscatLine({ websocket }: Addresses): string {
  return `npx wscat -c "${websocket}?name=George"`;
}

export function awsLine({ endpoint }: Addresses): string {
  return `aws --endpoint-url ${endpoint} --region us-east-1 stepfunctions list-state-machines`;
}

/** What runs here, for somebody who opens the port in a browser. */
export function homePage(addresses: Addresses): Html {
  return page(
    'Parley',
    html`<p>The chat is running on this machine. Join it from a terminal, in the project's folder:</p>
      <pre><code>${wscatLine(addresses)}</code></pre>
      <p>See what the state machines did in the <a href="/console">console</a>, or ask the AWS APIs:</p>
      <pre><code>${awsLine(addresses)}</code></pre>
      <p>The WebSocket API is at <code>${addresses.websocket}</code>.</p>`,
  );
}
