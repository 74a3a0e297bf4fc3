import { Gate } from '../../handlers/aws/gate';
import { VirtualTime } from '../support/virtual-time';

/** When each of so many posts began and what the gate said, where a post takes 30 ms. */
async function through(
  posts: number,
  { places = 200, perSecond = 1000, deadline = Infinity, serviceTime = 30 } = {},
) {
  const time = new VirtualTime();
  const gate = new Gate(places, time);
  let inside = 0;
  let most = 0;
  const began: number[] = [];
  const post = async (index: number) => {
    if (!(await gate.enter(perSecond, deadline))) return 'late';
    most = Math.max(most, (inside += 1));
    began[index] = time.now();
    await time.pause(serviceTime);
    inside -= 1;
    gate.leave();
    return 'entered';
  };
  const run = () => Promise.all(Array.from({ length: posts }, (_, index) => post(index)));
  const said = await time.run(run());
  return { time, said, began, most: () => most, run };
}

describe('the gate', () => {
  it('lets no more in at a time than there are places', async () => {
    const { most, said } = await through(100, { places: 7, perSecond: 1e6 });
    expect(most()).toBe(7);
    expect(said).toEqual(Array(100).fill('entered'));
  });

  it('keeps the order, because who was refused must not hold up who was not asked yet', async () => {
    const { began } = await through(500, { places: 3, perSecond: 300 });
    expect(began).toEqual(began.toSorted((a, b) => a - b));
  });

  it.each([2, 175, 1400, 7000])(
    'paces to %i a second, after a burst of a twentieth of it',
    async (perSecond) => {
      const { began } = await through(3 * perSecond, { places: 1000, perSecond });
      for (let second = 0; second < 3; second += 0.25) {
        const soFar = began.filter((at) => at < second * 1000).length;
        // One begins the burst, and one may be a rounding error early.
        expect(soFar).toBeLessThanOrEqual(perSecond * (second + 0.05) + 2);
        expect(soFar).toBeGreaterThanOrEqual(Math.floor(perSecond * second * 0.95));
      }
    },
  );

  it('keeps the pace from one page to the next, because the quota does not know of pages', async () => {
    const { time, run, began } = await through(1000, { perSecond: 1000 });
    const first = began.slice();
    await time.run(run());
    const all = [...first, ...began];
    // 2,000 posts at 1,000 a second, less the burst of 50.
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(1900);
  });

  it('turns away who is still waiting at the deadline, at once and for nothing', async () => {
    const { said, time, began } = await through(1000, { perSecond: 100, deadline: 1000 });
    expect(time.now()).toBeLessThanOrEqual(1030);
    expect(said.filter((one) => one === 'entered')).toHaveLength(began.length);
    expect(began.length).toBeGreaterThanOrEqual(100);
    expect(began.length).toBeLessThanOrEqual(106);
    expect(said.at(-1)).toBe('late');
  });
});
