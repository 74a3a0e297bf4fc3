import type { Sockets } from '../../handlers/chat/ports';
import { eventually } from '../support/eventually';

export interface OpenSocket {
  readonly connectionId: string;
  readonly received: () => string[];
  /** Ends it from the client's side, without a word. */
  readonly kill: () => Promise<void>;
  /** Resolves when the other side has closed it. */
  readonly closed: () => Promise<void>;
}

export interface SocketsHarness {
  readonly sockets: Sockets;
  readonly open: () => Promise<OpenSocket>;
  /** All posts to this connection fail, for good. */
  readonly failing: (connectionId: string) => void;
  /** Posts to this connection hang until the function that this gives is called. */
  readonly slow: (connectionId: string) => () => void;
}

const limits = (milliseconds: number) => ({
  deadline: performance.now() + milliseconds,
  postsPerSecond: 1000,
});

export function socketsContract(
  name: string,
  createPort: () => SocketsHarness | Promise<SocketsHarness>,
): void {
  describe(`Sockets ${name}`, () => {
    it('says in the order of the recipients who got it and who is gone', async () => {
      const { sockets, open } = await createPort();
      const [anna, gone, berta] = [await open(), await open(), await open()];
      await gone.kill();
      const outcomes = await sockets.post('{"hi":"ü"}', [anna, gone, berta], limits(2000));
      expect(outcomes).toEqual([{ outcome: 'posted' }, { outcome: 'gone' }, { outcome: 'posted' }]);
      await eventually(() => {
        expect(anna.received()).toEqual(['{"hi":"ü"}']);
        expect(berta.received()).toEqual(['{"hi":"ü"}']);
      });
    });

    it('answers for nobody at once, because a page of a part may hold nobody', async () => {
      const { sockets } = await createPort();
      expect(await sockets.post('x', [], limits(1000))).toEqual([]);
    });

    it('gives a recipient up with a reason and never throws, because the others have their outcomes too', async () => {
      const { sockets, open, failing } = await createPort();
      const [ill, well] = [await open(), await open()];
      failing(ill.connectionId);
      const outcomes = await sockets.post('x', [ill, well], limits(300));
      expect(outcomes).toEqual([
        { outcome: 'failed', reason: expect.stringMatching(/^\w+$/) },
        { outcome: 'posted' },
      ]);
      expect(ill.received()).toEqual([]);
    });

    it('serves the others while one is slow, because one bad phone must not silence a room', async () => {
      const { sockets, open, slow } = await createPort();
      const [tardy, ...others] = await Promise.all(Array.from({ length: 6 }, () => open()));
      const release = slow(tardy!.connectionId);
      const posting = sockets.post('x', [tardy!, ...others], limits(3000));
      await eventually(() => others.forEach((other) => expect(other.received()).toEqual(['x'])));
      expect(tardy!.received()).toEqual([]);
      release();
      expect(await posting).toEqual(Array.from({ length: 6 }, () => ({ outcome: 'posted' })));
    });

    it('closes a socket, and one that is gone already is no error, because pruning is repeated', async () => {
      const { sockets, open } = await createPort();
      const socket = await open();
      await sockets.close(socket.connectionId);
      await socket.closed();
      await sockets.close(socket.connectionId);
      expect(await sockets.post('x', [socket], limits(1000))).toEqual([{ outcome: 'gone' }]);
    });
  });
}
