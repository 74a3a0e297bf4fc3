import { appUnderTest } from './app-under-test';
import { describeInBrowser, enterAsGuest, eventually } from './browser';
import { EndlessRoom } from './endless-room';

const ROOM = 'a long room';

describeInBrowser('a room with a long past', () => {
  const app = appUnderTest();

  test('opens at the newest, stays there as messages come, and stays where somebody reads further up', async () => {
    const room = new EndlessRoom(300, ROOM);
    try {
      const page = await app.open({
        configuration: { websocketUrl: await room.listen() },
        bypassCSP: true,
        viewport: { width: 900, height: 500 },
      });
      await enterAsGuest(page, 'Elaine');
      const list = page.getByRole('region', { name: 'Messages', exact: true });
      const fromEnd = () => list.evaluate((all) => all.scrollHeight - all.scrollTop - all.clientHeight);
      await eventually(async () => {
        await list.getByText('300 of many').waitFor();
        expect(await fromEnd()).toBeLessThan(5);
      });

      for (let more = 0; more < 20; more += 1) room.post();
      await eventually(async () => {
        await list.getByText('320 of many').waitFor();
        expect(await fromEnd()).toBeLessThan(5);
      });

      await list.evaluate((all) => all.scrollBy(0, -1500));
      await page.getByRole('button', { name: 'Newest' }).waitFor();
      const inView = () =>
        list.evaluate((all) => {
          const { top } = all.getBoundingClientRect();
          const rows = [...all.querySelectorAll('article')];
          const row = rows.find((one) => one.getBoundingClientRect().bottom > top);
          return [
            row?.getAttribute('data-message-id'),
            Math.round((row?.getBoundingClientRect().top ?? 0) - top),
          ];
        });
      const before = await inView();
      const height = await list.evaluate((all) => all.scrollHeight);
      for (let more = 0; more < 20; more += 1) room.post();
      await eventually(async () =>
        expect(await list.evaluate((all) => all.scrollHeight)).toBeGreaterThan(height),
      );
      expect(await inView()).toEqual(before);

      await page.getByRole('button', { name: 'Newest' }).click();
      await list.getByText('340 of many').waitFor();
    } finally {
      room.close();
    }
  });

  test('has only the rows around what is in view in the page, wherever somebody goes', async () => {
    const room = new EndlessRoom(600, ROOM);
    try {
      const page = await app.open({
        configuration: { websocketUrl: await room.listen() },
        bypassCSP: true,
        viewport: { width: 900, height: 500 },
      });
      await enterAsGuest(page, 'Elaine');
      const list = page.getByRole('region', { name: 'Messages', exact: true });
      await list.getByText('600 of many').waitFor();
      await eventually(async () => {
        await list.evaluate((all) => all.scrollTo(0, 0));
        expect(await page.getByText(`This is the beginning of ${ROOM}.`).count()).toBe(1);
      });
      const rows = list.getByRole('article');
      const inView = () =>
        list.evaluate((all) => {
          const { top, bottom } = all.getBoundingClientRect();
          const boxes = [...all.querySelectorAll('article')].map((row) => row.getBoundingClientRect());
          const first = boxes.findIndex((box) => box.bottom > top);
          const id = all.querySelectorAll('article')[first]?.getAttribute('data-message-id');
          const isFull = (boxes[0]?.top ?? bottom) <= top && (boxes.at(-1)?.bottom ?? top) >= bottom;
          return { id, top: Math.round((boxes[first]?.top ?? 0) - top), isFull };
        });
      const orderOf = (id: string | null | undefined) => Number(id?.split('.')[1]);
      for (const share of [0.5, 0.15, 0.8]) {
        await list.evaluate((all, share) => all.scrollTo(0, all.scrollHeight * share), share);
        await eventually(async () => expect((await inView()).isFull).toBe(true));
        const before = await inView();
        expect(Math.abs(orderOf(before.id) - share * 600)).toBeLessThan(60);
        expect(await rows.count()).toBeLessThan(150);
      }
    } finally {
      room.close();
    }
  });
});
