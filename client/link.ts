import type { Bye, Push } from '../handlers/chat/protocol/pushes';
import { asCommandError, closed, connectionLost } from './errors';
import type { OpenSocket } from './socket';
import { backoff, within, type Random, type Time } from './time';
import type { Timing } from './timing';
import { Wire, type Ending } from './wire';

/** Where to connect, and what is offered as subprotocols. */
export interface Address {
  readonly url: string;
  readonly protocols: string[];
}

export interface LinkEvents {
  /** Asked anew for each connection: a ticket can be used once only. */
  address(): Promise<Address>;
  /** Makes a new wire ready for commands; while it replaces another one, that one stays in use until this resolves. */
  greet(wire: Wire, replaces: boolean): Promise<void>;
  /** Compares the rooms' heads. */
  ping(wire: Wire): Promise<void>;
  up(wire: Wire): void;
  push(push: Push): void;
  down(ending: Ending): void;
  /** There is no connection, and the next try is so many milliseconds away. */
  waiting(milliseconds: number): void;
  /** No more connections after this one. */
  ended(ending: Ending): void;
}

/** How long a replaced socket waits for the replies that are still under way. */
const RETIREMENT_MS = 10_000;
/** From here on a `bye` means: do not come back. */
const FINAL_BYES = 3500;

/** Keeps one wire open: opens it, pings, replaces it before its time, and comes back after it was lost. */
export class Link {
  readonly #events: LinkEvents;
  readonly #open: OpenSocket;
  readonly #time: Time;
  readonly #random: Random;
  readonly #timing: Timing;
  #current: Wire | undefined;
  #candidate: Wire | undefined;
  /** Replaced, and waiting for its last replies. */
  #retired: Wire | undefined;
  #connecting = false;
  #stopped = false;
  #tries = 0;
  #upSince = 0;
  #cancelConnect: (() => void) | undefined;
  #cancelPing = () => {};
  #cancelReplacement = () => {};

  constructor(events: LinkEvents, options: { open: OpenSocket; time: Time; random: Random; timing: Timing }) {
    this.#events = events;
    this.#open = options.open;
    this.#time = options.time;
    this.#random = options.random;
    this.#timing = options.timing;
  }

  get current(): Wire | undefined {
    return this.#current;
  }

  start(): void {
    void this.#connect();
  }

  /** Ends everything; there is no way back. */
  stop(code: number, reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelConnect?.();
    this.#cancelPing();
    this.#cancelReplacement();
    this.#candidate?.end(1000, reason);
    this.#retired?.end(1000, reason);
    this.#current?.end(1000, reason);
    this.#current = undefined;
    this.#events.ended({ code, reason });
  }

  /** The network or the page is back: looks at once whether the connection still lives, or opens one. */
  wake(): void {
    if (this.#current !== undefined) this.#ping(this.#current);
    else if (this.#cancelConnect !== undefined) this.#connectIn(0);
  }

  async #connect(): Promise<void> {
    this.#cancelConnect = undefined;
    if (this.#connecting || this.#stopped) return;
    this.#connecting = true;
    try {
      this.#adopt(await this.#newWire());
    } catch (error) {
      this.#tries += 1;
      this.#failedToConnect(asCommandError(error).message);
    } finally {
      this.#connecting = false;
    }
  }

  async #newWire(): Promise<Wire> {
    const { url, protocols } = await this.#address();
    if (this.#stopped) throw closed();
    const wire: Wire = new Wire(
      this.#open(url, protocols),
      this.#time,
      {
        push: (push) => this.#pushed(wire, push),
        ended: (ending) => this.#ended(wire, ending),
      },
      this.#timing.handshakeMs,
    );
    this.#candidate = wire;
    try {
      await wire.opened;
      await this.#events.greet(wire, this.#current !== undefined);
      if (wire.over || this.#stopped) throw closed();
      return wire;
    } catch (error) {
      wire.end(1006, 'The new connection did not become ready');
      throw error;
    } finally {
      this.#candidate = undefined;
    }
  }

  /** Whoever is asked for a token or a ticket may never answer. */
  #address(): Promise<Address> {
    return new Promise((resolve, reject) => {
      const cancel = this.#time.after(this.#timing.handshakeMs, () => reject(connectionLost()));
      this.#events.address().then(resolve, reject).finally(cancel);
    });
  }

  /** While the old wire still lives, only the replacement is tried again. */
  #failedToConnect(reason: string): void {
    if (this.#stopped || this.#cancelConnect !== undefined) return;
    if (this.#current === undefined) this.#events.down({ code: 1006, reason });
    this.#connectIn(backoff(this.#tries, this.#random));
  }

  #connectIn(milliseconds: number): void {
    this.#cancelConnect?.();
    this.#cancelConnect = this.#time.after(milliseconds, () => void this.#connect());
    if (this.#current === undefined) this.#events.waiting(milliseconds);
  }

  #adopt(wire: Wire): void {
    const old = this.#current;
    this.#current = wire;
    this.#upSince = this.#time.now();
    this.#pingLater(wire);
    this.#cancelReplacement();
    this.#cancelReplacement = this.#time.after(
      within(this.#timing.replaceMs, this.#random),
      () => void this.#connect(),
    );
    this.#events.up(wire);
    this.#retired = old;
    old?.retire(RETIREMENT_MS);
  }

  #pingLater(wire: Wire): void {
    this.#cancelPing();
    this.#cancelPing = this.#time.after(within(this.#timing.pingMs, this.#random), () => this.#ping(wire));
  }

  /** A ping without a pong ends the wire by itself. */
  #ping(wire: Wire): void {
    const again = () => {
      if (this.#current === wire) this.#pingLater(wire);
    };
    this.#cancelPing();
    this.#events.ping(wire).then(again, again);
  }

  #pushed(wire: Wire, push: Push): void {
    this.#events.push(push);
    if (push.type === 'bye' && (wire === this.#current || wire === this.#candidate)) this.#bye(wire, push);
  }

  #bye(wire: Wire, { code, name, reconnect, afterMs }: Bye): void {
    if (!reconnect || code >= FINAL_BYES) return this.stop(code, name);
    const pause = within(afterMs, this.#random);
    this.#connectIn(pause);
    wire.end(1000, name);
    if (this.#current === undefined) this.#events.waiting(pause);
  }

  #ended(wire: Wire, ending: Ending): void {
    if (wire !== this.#current || this.#stopped) return;
    this.#current = undefined;
    this.#cancelPing();
    this.#cancelReplacement();
    const lived = this.#time.now() - this.#upSince;
    this.#tries = lived >= this.#timing.settledMs ? 0 : this.#tries + 1;
    this.#events.down(ending);
    // After a `bye` the time of the next try is set already; a replacement under way is one.
    if (this.#cancelConnect === undefined && !this.#connecting)
      this.#connectIn(backoff(this.#tries, this.#random));
  }
}
