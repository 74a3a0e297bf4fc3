import { pongReply, roomsReply, type RoomSummary } from '../handlers/chat/protocol/replies';
import { asCommandError, OF_THE_CONNECTION } from './errors';
import type { Recovery } from './recovery';
import type { Rooms } from './rooms';
import { backoff, pause, type Random, type Time } from './time';
import type { Timing } from './timing';
import type { Command, Wire } from './wire';

/** A ping looks at so many pages at most, the next one at those after them: strangers can begin any number of direct rooms. */
const PAGES_A_PING = 10;

/** Finds all rooms of this person, page by page, and brings those up to date that are new or have moved on. */
export class RoomList {
  readonly #rooms: Rooms;
  readonly #recovery: Recovery;
  readonly #options: { time: Time; random: Random; timing: Timing };
  /** After which room the next comparison begins; null: from the start. */
  #comparedTo: string | null = null;
  #comparing: { readonly wire: Wire; readonly done: Promise<void> } | undefined;

  constructor(
    rooms: Rooms,
    recovery: Recovery,
    options: { readonly time: Time; readonly random: Random; readonly timing: Timing },
  ) {
    this.#rooms = rooms;
    this.#recovery = recovery;
    this.#options = options;
  }

  /**
   * Enters all rooms with a new connection: those that are known, those that `hello` gave, and those on the pages after
   * it. Resolves when that is done, or the wire is over.
   */
  async enterAll(
    wire: Wire,
    hello: { readonly rooms: readonly RoomSummary[]; readonly next: string | null },
  ): Promise<void> {
    this.#rooms.listed(hello.rooms);
    const entering = [this.#recovery.catchUp(wire, this.#rooms.all())];
    try {
      await this.#eachPage(
        wire,
        { after: hello.next, most: Infinity },
        (after) => wire.request(roomsReply, withAfter('rooms', after), this.#options.timing.replyMs),
        ({ rooms }) => entering.push(this.#recovery.catchUp(wire, this.#rooms.listed(rooms))),
      );
    } finally {
      // Cut off or not: what was not seen so far is delivered from its start rather than not at all.
      this.#rooms.watch();
    }
    await Promise.all(entering);
  }

  /**
   * Compares the heads of all rooms, of very many some thousand a time. One that has moved on asks for itself; one that is new here is entered. Does not
   * wait for that, so that a room that cannot be read now keeps no ping from looking at the others.
   */
  compareHeads(wire: Wire): Promise<void> {
    if (this.#comparing?.wire === wire) return this.#comparing.done;
    const done = this.#compareSome(wire).finally(() => {
      if (this.#comparing?.wire === wire) this.#comparing = undefined;
    });
    this.#comparing = { wire, done };
    return done;
  }

  async #compareSome(wire: Wire): Promise<void> {
    this.#comparedTo = await this.#eachPage(
      wire,
      { after: this.#comparedTo ?? undefined, most: PAGES_A_PING },
      (after) => wire.request(pongReply, withAfter('ping', after), this.#options.timing.pingReplyMs),
      ({ rooms }) => void this.#recovery.catchUp(wire, this.#rooms.heads(rooms)),
    );
  }

  /**
   * Asks for page after page, again for one that fails for now. Ends with the last page, with so many, or with the wire.
   * @param from what the first page to ask for comes after (undefined: from the start; null: there is none), and how
   *   many pages at most
   * @returns what the page after the last one comes after; null: there is none
   * @throws CommandError where a page is refused for good
   */
  async #eachPage<Page extends { readonly next: string | null }>(
    wire: Wire,
    from: { readonly after: string | null | undefined; readonly most: number },
    ask: (after: string | undefined) => Promise<Page>,
    take: (page: Page) => void,
  ): Promise<string | null> {
    const { time, random } = this.#options;
    let { after } = from;
    let pages = 0;
    let tries = 0;
    while (after !== null && pages < from.most && !wire.over) {
      try {
        const page = await ask(after);
        tries = 0;
        pages += 1;
        take(page);
        after = page.next;
      } catch (error) {
        const { temporary, reason, retryAfterMs = 0 } = asCommandError(error);
        if (!temporary && !OF_THE_CONNECTION.has(reason)) throw error;
        tries += 1;
        await pause(time, Math.max(retryAfterMs, backoff(tries, random)));
      }
    }
    return after ?? null;
  }
}

function withAfter(action: string, after: string | undefined): Command {
  return after === undefined ? { action } : { action, after };
}
