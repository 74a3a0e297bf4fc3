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
});
