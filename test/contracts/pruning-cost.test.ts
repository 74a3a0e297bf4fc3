import { eventually } from '../support/eventually';
import { pruningCost } from '../support/pruning-cost';
import { proxiedAws } from './proxied-aws';

const { aws, proxy } = proxiedAws();

describe('what pruning asks of DynamoDB', () => {
  it.each([
    ['one room', 1],
    ['three rooms', 3],
  ])(
    'is at most 1.2 calls a connection in %s and one for the part, no row of the living, and one event for each room',
    async (_, rooms) => {
      const gone = 300;
      const { roomIds, pruned, calls, left, liveRemoved } = await pruningCost({ gone, rooms }, proxy());
      expect({ pruned, left, liveRemoved }).toEqual({ pruned: gone, left: 0, liveRemoved: 0 });
      expect(calls).toBeGreaterThanOrEqual(gone);
      expect((calls - 1) / gone).toBeLessThanOrEqual(1.2);

      const events = () => aws().events.filter(({ input }) => JSON.stringify(input).includes(roomIds[0]!));
      await eventually(() => expect(events()).toHaveLength(gone));
    },
    30_000,
  );
});
