import * as z from 'zod/mini';
import type { EventOf } from '../../../../client';
import type { Session } from '../../session/session';
import { Store } from '../../session/store';
import { MOST_PEOPLE } from '../most-people';
import { callSignal, type CallSignal } from './call-signal';
import { openDevices } from './devices';
import { Peer } from './peer';

/** What somebody lets the others have; a camera that is off sends a black picture. */
export interface Sends {
  readonly sound: boolean;
  readonly picture: boolean;
}

export interface Participant {
  /** One stay of one person in this call. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly stream: MediaStream;
  readonly sends: Sends;
  readonly isConnected: boolean;
}

export interface CallState {
  /** One's own picture; undefined until camera and microphone have answered. */
  readonly local: MediaStream | undefined;
  readonly sends: Sends;
  readonly others: readonly Participant[];
  readonly problem: string;
  /** Somebody who is in it has no place left: this stay is over. */
  readonly isFull: boolean;
}

interface Known {
  readonly userId: string;
  readonly name: string;
  readonly peer: Peer;
  readonly sends: Sends;
}

const ALL: Sends = { sound: true, picture: true };

/** What `signal` carries of a call, without what every one of them says. */
type Said = CallSignal extends infer Signal
  ? Signal extends CallSignal
    ? Omit<Signal, 'parley' | 'roomId' | 'from'>
    : never
  : never;

/** One's part in the call of a meeting, from joining to leaving. */
export class Call {
  readonly state = new Store<CallState>({
    local: undefined,
    sends: ALL,
    others: [],
    problem: '',
    isFull: false,
  });
  readonly #session: Session;
  readonly #roomId: string;
  readonly #id = crypto.randomUUID();
  readonly #peers = new Map<string, Known>();
  readonly #ends: (() => void)[] = [];
  #isOver = false;

  constructor(session: Session, roomId: string) {
    this.#session = session;
    this.#roomId = roomId;
  }

  async join(): Promise<void> {
    const { client } = this.#session;
    const { stream, problem } = await openDevices();
    if (this.#isOver) return stopAll(stream);
    const has = (kind: string) => stream.getTracks().some((track) => track.kind === kind);
    this.#change({ local: stream, problem, sends: { sound: has('audio'), picture: has('video') } });
    const leave = () => this.leave();
    window.addEventListener('pagehide', leave);
    this.#ends.push(() => window.removeEventListener('pagehide', leave));
    this.#ends.push(client.on('signal', (push) => this.#heard(push)));
    this.#ends.push(client.on('left', ({ roomId, userId }) => this.#personLeft(roomId, userId)));
    this.#ends.push(client.on('connected', ({ again }) => void (again && this.#sayToAll({ kind: 'here' }))));
    await this.#sayToAll({ kind: 'here' });
  }

  /** Turns what one sends on or off. */
  send(kind: 'audio' | 'video', isOn: boolean): void {
    const { local, sends } = this.state.get();
    for (const track of local?.getTracks() ?? []) if (track.kind === kind) track.enabled = isOn;
    const now = kind === 'audio' ? { ...sends, sound: isOn } : { ...sends, picture: isOn };
    this.#change({ sends: now });
    for (const [id, { userId }] of this.#peers) void this.#say(userId, { kind: 'sends', to: id, ...now });
  }

  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#sayToAll({ kind: 'gone' });
    for (const end of this.#ends) end();
    for (const { peer } of this.#peers.values()) peer.close();
    this.#peers.clear();
    const { local } = this.state.get();
    if (local !== undefined) stopAll(local);
  }

  #heard({ userId, name, data }: EventOf<'signal'>): void {
    const parsed = z.safeParse(callSignal, data);
    if (!parsed.success || parsed.data.roomId !== this.#roomId || parsed.data.from === this.#id) return;
    const signal = parsed.data;
    if ('to' in signal && signal.to !== this.#id) return;
    const person = { userId, name };
    // Nobody speaks for the stay of somebody else by naming it, nor takes it over.
    const known = this.#peers.get(signal.from);
    if (known !== undefined && known.userId !== userId) return;
    switch (signal.kind) {
      case 'here':
        this.#peer(signal.from, person);
        return;
      case 'description':
        return this.#peer(signal.from, person)?.described(signal.description);
      case 'candidates':
        return known?.peer.offered(signal.candidates);
      case 'sends':
        this.#peer(signal.from, person);
        return this.#sends(signal.from, { sound: signal.sound, picture: signal.picture });
      case 'full':
        this.leave();
        return this.#change({ isFull: true, local: undefined, others: [], problem: '' });
      case 'gone':
        return this.#gone(signal.from);
    }
  }

  /**
   * The connection to a participant, which begins with this where there is none: both sides offer, one gives way.
   * Nobody comes in by another way, so that here the limit holds: who finds no place is told so.
   */
  #peer(id: string, person: { userId: string; name: string }): Peer | undefined {
    const known = this.#peers.get(id);
    if (known !== undefined) return known.peer;
    const { local } = this.state.get();
    if (local === undefined) return undefined;
    if (this.#peers.size >= MOST_PEOPLE - 1) {
      void this.#say(person.userId, { kind: 'full', to: id });
      return undefined;
    }
    const peer = new Peer(
      { iceServers: this.#session.configuration.iceServers, isPolite: this.#id < id, local },
      {
        describe: (description) => this.#say(person.userId, { kind: 'description', to: id, description }),
        offerCandidates: (candidates) =>
          this.#say(person.userId, { kind: 'candidates', to: id, candidates: [...candidates] }),
        changed: () => this.#show(),
        lost: () => this.#gone(id),
      },
    );
    this.#peers.set(id, { ...person, peer, sends: ALL });
    this.#show();
    const { sends } = this.state.get();
    if (!sends.sound || !sends.picture) void this.#say(person.userId, { kind: 'sends', to: id, ...sends });
    return peer;
  }

  #sends(id: string, sends: Sends): void {
    const known = this.#peers.get(id);
    if (known === undefined) return;
    this.#peers.set(id, { ...known, sends });
    this.#show();
  }

  #gone(id: string): void {
    this.#peers.get(id)?.peer.close();
    this.#peers.delete(id);
    this.#show();
  }

  #personLeft(roomId: string, userId: string): void {
    if (roomId !== this.#roomId) return;
    for (const [id, known] of this.#peers) if (known.userId === userId) this.#gone(id);
  }

  async #say(userId: string, said: Said): Promise<void> {
    const data = { parley: 'call', roomId: this.#roomId, from: this.#id, ...said };
    await this.#session.client.commands.signal(userId, data).catch(() => {});
  }

  async #sayToAll(said: Said): Promise<void> {
    const { client } = this.#session;
    try {
      const { members } = await client.commands.members(this.#roomId, { limit: 200 });
      await Promise.all(members.map(({ userId }) => this.#say(userId, said)));
    } catch {
      if (!this.#isOver)
        this.#change({ problem: 'The others could not be told that you are here. Join again.' });
    }
  }

  #show(): void {
    const others = [...this.#peers].map(([id, { userId, name, peer, sends }]) => ({
      ...{ id, userId, name, sends },
      stream: peer.stream,
      isConnected: peer.isConnected,
    }));
    this.#change({ others });
  }

  #change(change: Partial<CallState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
