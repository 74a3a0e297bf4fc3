import type { Candidate, Description } from './call-signal';

export interface PeerEvents {
  /** Resolves when it was handed over; what fails is made up for by the next negotiation. */
  describe(description: Description): Promise<void>;
  offerCandidates(candidates: readonly Candidate[]): Promise<void>;
  /** What comes from the other side, or its state, has changed. */
  changed(): void;
  lost(): void;
}

/** Candidates come in bursts; gathered for so long they make one frame. */
const GATHER_MS = 80;
/** How long a connection may take to come about, or to come back, before the other side counts as gone. */
const GIVE_UP_MS = 30_000;

/**
 * The connection to one other participant: "perfect negotiation" of the WebRTC specification (section 10.7), so that
 * both sides may offer at once. The polite one gives way.
 */
export class Peer {
  readonly stream = new MediaStream();
  readonly #connection: RTCPeerConnection;
  readonly #events: PeerEvents;
  readonly #isPolite: boolean;
  #isOffering = false;
  #isIgnoring = false;
  #early: Candidate[] = [];
  #gathered: Candidate[] = [];
  #work: Promise<void> = Promise.resolve();
  #givingUp: ReturnType<typeof setTimeout> | undefined;

  constructor(
    options: { iceServers: RTCIceServer[]; isPolite: boolean; local: MediaStream },
    events: PeerEvents,
  ) {
    this.#events = events;
    this.#isPolite = options.isPolite;
    this.#connection = new RTCPeerConnection({ iceServers: options.iceServers });
    for (const track of options.local.getTracks()) this.#connection.addTrack(track, options.local);
    // Without devices of one's own one still sees and hears.
    for (const kind of ['audio', 'video'] as const) {
      const isSent = options.local.getTracks().some((track) => track.kind === kind);
      if (!isSent) this.#connection.addTransceiver(kind, { direction: 'recvonly' });
    }
    this.#connection.addEventListener('negotiationneeded', () => void this.#inTurn(() => this.#offer()));
    this.#connection.addEventListener('icecandidate', ({ candidate }) => this.#gather(candidate));
    this.#connection.addEventListener('track', ({ track }) => {
      this.stream.addTrack(track);
      track.addEventListener('unmute', () => events.changed());
      events.changed();
    });
    this.#connection.addEventListener('connectionstatechange', () => this.#stateChanged());
    this.#giveUpLater();
  }

  get isConnected(): boolean {
    return this.#connection.connectionState === 'connected';
  }

  described(description: Description): void {
    void this.#inTurn(async () => {
      const isCollision =
        description.type === 'offer' && (this.#isOffering || this.#connection.signalingState !== 'stable');
      this.#isIgnoring = !this.#isPolite && isCollision;
      if (this.#isIgnoring) return;
      await this.#connection.setRemoteDescription(description);
      for (const candidate of this.#early.splice(0)) await this.#connection.addIceCandidate(candidate);
      if (description.type !== 'offer') return;
      await this.#connection.setLocalDescription();
      await this.#sayDescription();
    });
  }

  offered(candidates: readonly Candidate[]): void {
    void this.#inTurn(async () => {
      for (const candidate of candidates) {
        if (this.#connection.remoteDescription === null) this.#early.push(candidate);
        else if (!this.#isIgnoring) await this.#connection.addIceCandidate(candidate);
      }
    });
  }

  close(): void {
    clearTimeout(this.#givingUp);
    this.#connection.close();
  }

  async #offer(): Promise<void> {
    try {
      this.#isOffering = true;
      await this.#connection.setLocalDescription();
      await this.#sayDescription();
    } finally {
      this.#isOffering = false;
    }
  }

  async #sayDescription(): Promise<void> {
    const description = this.#connection.localDescription;
    if (description !== null) await this.#events.describe({ type: description.type, sdp: description.sdp });
  }

  /** One after the other, as they came. A step that fails, e.g. on a closed connection, ends nothing else. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(step).catch(() => {});
    return this.#work;
  }

  #gather(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === '') return;
    if (this.#gathered.length === 0) setTimeout(() => void this.#offerGathered(), GATHER_MS);
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
    this.#gathered.push({ candidate: text, sdpMid, sdpMLineIndex });
  }

  async #offerGathered(): Promise<void> {
    await this.#events.offerCandidates(this.#gathered.splice(0)).catch(() => {});
  }

  #stateChanged(): void {
    const { connectionState } = this.#connection;
    if (connectionState === 'failed') this.#connection.restartIce();
    if (connectionState !== 'connected') this.#giveUpLater();
    else {
      clearTimeout(this.#givingUp);
      this.#givingUp = undefined;
    }
    this.#events.changed();
  }

  #giveUpLater(): void {
    this.#givingUp ??= setTimeout(() => this.#events.lost(), GIVE_UP_MS);
  }
}
