import type { Conversation } from '../rooms/conversation';
import type { Session } from '../session/session';
import { Store } from '../session/store';
import type { Call } from './call/call';

export interface Ongoing {
  readonly conversation: Conversation;
  /** Undefined until the code for calls has come. */
  readonly call: Call | undefined;
  /** Why there is none; empty where all is well. */
  readonly problem: string;
}

/** The call that this person is in. It goes on whatever else they look at, until they leave it. */
export class CurrentCall {
  readonly state = new Store<Ongoing | undefined>(undefined);
  readonly #session: Session;
  #ends: readonly (() => void)[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Joins the call of a meeting, after leaving another one. */
  async start(conversation: Conversation): Promise<void> {
    this.leave();
    const { roomId } = conversation;
    if (roomId === undefined) return;
    const joining: Ongoing = { conversation, call: undefined, problem: '' };
    this.state.set(joining);
    const isOver = () =>
      conversation.about.get().over !== undefined ||
      !this.#session.conversations.all.get().includes(conversation);
    const look = () => isOver() && this.leave();
    this.#ends = [conversation.about.listen(look), this.#session.conversations.all.listen(look)];
    try {
      // Fetched with the first call, and what shows it too.
      const [{ Call: Joined }] = await Promise.all([import('./call/call'), import('./call/call-view')]);
      if (this.state.get() !== joining) return;
      const call = new Joined(this.#session, roomId);
      this.state.set({ ...joining, call });
      await call.join();
    } catch {
      if (this.state.get() === joining)
        this.state.set({ ...joining, problem: 'The call could not be loaded. Is there a connection?' });
    }
  }

  leave(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.state.get()?.call?.leave();
    this.state.set(undefined);
  }
}
