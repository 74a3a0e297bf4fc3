import { connect, type ChatClient } from './chat-client';

/** Somebody at a real socket, who gives commands and waits for their replies; pushes that come before a reply are passed over. */
export interface Person {
  readonly client: ChatClient;
  readonly ask: (action: string, fields?: object) => Promise<Reply>;
}

export type Reply = Record<string, unknown> & { error: { name: string } };

/** People who connect to one API; `goodbye` drops all their connections. */
export function peopleAt(url: () => string) {
  const clients: ChatClient[] = [];
  let asked = 0;

  /** Somebody new or, with a secret, somebody known; in a room of their own unless told. */
  const person = async (name: string, { room = `room of ${name}`, secret = '' } = {}): Promise<Person> => {
    const protocols = secret === '' ? [] : ['parley.v1', `guest.${secret}`];
    const query = new URLSearchParams({ name, room }).toString();
    const client = await connect(`${url()}?${query}`, { protocols });
    clients.push(client);
    const ask = async (action: string, fields: object = {}) => {
      const id = `c${(asked += 1)}`;
      client.send({ action, id, ...fields });
      return (await client.next({ id })) as Reply;
    };
    return { client, ask };
  };
  return {
    person,
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
