import type { Group } from '../../handlers/chat/identity';
import { connect, type ChatClient } from './chat-client';
import type { UserPool } from './user-pool';

/** Somebody at a real socket, who gives commands and waits for their replies; pushes that come before a reply are passed over. */
export interface Person {
  readonly client: ChatClient;
  readonly ask: (action: string, fields?: object) => Promise<Reply>;
}

export type Reply = Record<string, unknown> & { error: { name: string } };

/**
 * People who connect to one API; `goodbye` drops all their connections.
 * @param pool where those who sign in are added; without it everybody is a guest
 */
export function peopleAt(url: () => string, pool?: () => UserPool) {
  const clients: ChatClient[] = [];
  const tokens = new Map<string, Promise<string>>();

  /** Somebody new or, with a secret, somebody known; a guest, in a room of their own unless told. */
  const person = (name: string, { room = `room of ${name}`, secret = '' } = {}): Promise<Person> =>
    arrive(name, room, { protocols: secret === '' ? [] : ['parley.v1', `guest.${secret}`] });

  /** Somebody with an account, made at the first call with this name; on one more connection at the next. */
  const signedIn = async (
    name: string,
    { room = `room of ${name}`, groups = [] }: { room?: string; groups?: readonly Group[] } = {},
  ): Promise<Person> => {
    const account = name.replaceAll(' ', '-');
    const token = tokens.get(account) ?? signUp(account, groups);
    tokens.set(account, token);
    return arrive(name, room, { headers: { Authorization: `Bearer ${await token}` } });
  };

  const signUp = async (account: string, groups: readonly Group[]): Promise<string> => {
    if (pool === undefined) throw new Error('There is no user pool for people who sign in');
    await pool().add(account, groups);
    return pool().signIn(account);
  };

  const arrive = async (
    name: string,
    room: string,
    credential: Parameters<typeof connect>[1],
  ): Promise<Person> => {
    const query = new URLSearchParams({ name, room }).toString();
    const client = await connect(`${url()}?${query}`, credential);
    clients.push(client);
    return { client, ask: async (action, fields) => (await client.ask(action, fields)) as Reply };
  };
  return {
    person,
    signedIn,
    goodbye: () => {
      for (const client of clients.splice(0)) client.kill();
    },
  };
}

export const idOf = async ({ ask }: Person): Promise<string> => String((await ask('hello')).userId);

/** The pushes about a room that somebody got so far. */
export function pushesOf({ client }: Person, roomId: unknown): Record<string, unknown>[] {
  return client.frames.filter(
    (frame): frame is Record<string, unknown> =>
      typeof frame === 'object' && 'type' in frame && frame.roomId === roomId,
  );
}
