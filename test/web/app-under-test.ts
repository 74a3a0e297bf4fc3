import type { Browser, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { ParleyClient, type ClientOptions } from '../../client';
import type { Runtime } from '../../local/runtime';
import { startTestRuntime, type TestRuntimeOptions } from '../support/runtime';
import { complaintsOf, enterAsGuest, openBrowser, openPage, type PageOptions } from './browser';

export interface Visit extends PageOptions {
  /** Where a guest begins. */
  readonly room?: string;
  readonly path?: string;
  /** Another way to the app, e.g. over a line that can be cut; it serves the page too. */
  readonly origin?: string;
}

/** The app as a runtime serves it, and a browser in which people open it. */
export class AppUnderTest {
  browser!: Browser;
  /** May be replaced by one that was started anew. */
  runtime!: Runtime;
  readonly #pages: Page[] = [];
  readonly #clients: ParleyClient[] = [];

  /** A page of a browser of its own, or of the one that is `within`. */
  async open({ path = '', origin = this.runtime.endpoint, ...options }: Visit = {}): Promise<Page> {
    const page = await openPage(this.browser, path.includes(':') ? path : `${origin}/${path}`, options);
    this.#pages.push(page);
    return page;
  }

  /** Somebody who came in as a guest and sees their room. */
  async visit(name: string, { room = 'lobby', ...options }: Visit = {}): Promise<Page> {
    const configuration = { room, ...options.configuration };
    const page = await this.open({ ...options, configuration });
    await enterAsGuest(page, name);
    await page.getByRole('heading', { name: room, level: 1 }).waitFor();
    return page;
  }

  /** A guest without a browser. */
  client(name: string, room: string): ParleyClient {
    return this.#started({ guest: { name, room } });
  }

  /** Somebody with an account and without a browser. */
  signedIn(token: () => string): ParleyClient {
    return this.#started({ token });
  }

  #started(who: Pick<ClientOptions, 'guest' | 'token'>): ParleyClient {
    const client = new ParleyClient({ url: this.runtime.url, WebSocket, ...who }).start();
    this.#clients.push(client);
    return client;
  }

  /** Closes all pages and clients; gives what the pages complained of. */
  async closeAll(): Promise<readonly string[]> {
    for (const client of this.#clients.splice(0)) client.close();
    const pages = this.#pages.splice(0);
    const complaints = pages.flatMap(complaintsOf);
    await Promise.all([...new Set(pages.map((page) => page.context()))].map((context) => context.close()));
    return complaints;
  }
}

/** Starts the app for the tests of this `describe`; after each of them no page may have complained of anything. */
export function appUnderTest(options: () => TestRuntimeOptions = () => ({})): AppUnderTest {
  const app = new AppUnderTest();
  beforeAll(async () => {
    // One by one, so that whatever is open is closed when the next one fails.
    app.browser = await openBrowser();
    app.runtime = await startTestRuntime(options());
  }, 120_000);
  afterEach(async () => expect(await app.closeAll()).toEqual([]));
  afterAll(async () => {
    await app.browser?.close();
    await app.runtime?.close();
  });
  return app;
}
