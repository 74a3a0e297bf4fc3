import { sideBySide } from '../../handlers/chat/side-by-side';

const moment = () => new Promise((resolve) => setImmediate(resolve));

describe('working side by side', () => {
  it('gives results in the order of the items, whoever is done first', async () => {
    const results = await sideBySide([3, 1, 2], 3, async (turns) => {
      for (let turn = 0; turn < turns; turn += 1) await moment();
      return turns * 10;
    });
    expect(results).toEqual([30, 10, 20]);
  });

  it('never has more under way than it may', async () => {
    let now = 0;
    let most = 0;
    const items = Array.from({ length: 20 }, (_, index) => index);
    await sideBySide(items, 4, async () => {
      now += 1;
      most = Math.max(most, now);
      await moment();
      now -= 1;
    });
    expect(most).toBe(4);
  });

  it('fails with the first failure, once everything else has ended', async () => {
    const done: number[] = [];
    const working = sideBySide([1, 2, 3, 4], 2, async (item) => {
      await moment();
      if (item % 2 === 1) throw new Error(`item ${item}`);
      done.push(item);
    });
    await expect(working).rejects.toThrow('item 1');
    expect(done).toEqual([2, 4]);
  });
});
