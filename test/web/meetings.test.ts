import { createSocket } from 'node:dgram';
import type { Page } from 'playwright-core';
import { appUnderTest } from './app-under-test';
import { violationsOf } from './axe';
import { describeInBrowser, enterAsGuest, eventually, PHONE, say, textsOf } from './browser';

describeInBrowser('a meeting', () => {
  const app = appUnderTest();
  const codeFrom = async (page: Page) => {
    await page.getByRole('button', { name: 'Invite' }).click();
    const code = await page.getByTestId('meeting-code').innerText();
    await page.keyboard.press('Escape');
    return code;
  };
  const start = async (page: Page, name: string, { asks = true } = {}) => {
    await page.getByRole('button', { name: 'Start a meeting' }).click();
    await page.getByLabel('What is it about?').fill(name);
    await page.getByLabel(/^Ask me about everybody/).setChecked(asks);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    return codeFrom(page);
  };
  const ask = async (page: Page) => {
    await page.getByRole('dialog').getByRole('button', { name: 'Ask to join' }).click();
    await page.getByText(/Waiting for the host to let you into/).waitFor();
  };
  /** How much of a picture there is, and whether it moves. */
  const frames = (page: Page, name: string) =>
    page.getByLabel(`Picture of ${name}`).evaluate((element) => {
      const video = element as HTMLVideoElement;
      return { width: video.videoWidth, shown: video.getVideoPlaybackQuality().totalVideoFrames };
    });
  const seesMoving = async (page: Page, name: string) => {
    await page.getByLabel(`Picture of ${name}`).waitFor();
    const { shown } = await eventually(
      async () => {
        const picture = await frames(page, name);
        expect(picture.width).toBeGreaterThan(0);
        return picture;
      },
      { timeout: 20_000 },
    );
    await eventually(async () => expect((await frames(page, name)).shown).toBeGreaterThan(shown + 2), {
      timeout: 10_000,
    });
  };

  test('has a host who lets people in or not', async () => {
    const george = await app.visit('George');
    const code = await start(george, 'Room One');
    const elaine = await app.open({ path: `#meeting=${code}` });
    await enterAsGuest(elaine, 'Elaine');
    await ask(elaine);
    const newman = await app.open({ path: `#meeting=${code}` });
    await enterAsGuest(newman, 'Newman');
    await ask(newman);

    const asking = george.getByRole('status', { name: 'People who ask to join' });
    await asking.getByText('Newman asks to join.').waitFor();
    expect(await violationsOf(george)).toEqual([]);
    await asking
      .locator('.meeting-notice', { hasText: 'Newman' })
      .getByRole('button', { name: 'Refuse' })
      .click();
    await newman.getByText('The host did not let you into Room One.').waitFor();
    await asking
      .locator('.meeting-notice', { hasText: 'Elaine' })
      .getByRole('button', { name: 'Admit' })
      .click();
    await elaine.getByRole('heading', { name: 'Room One', level: 1 }).waitFor();
    await say(elaine, 'Here I am');
    await eventually(async () => expect(await textsOf(george)).toEqual(['Here I am']));
    expect(await newman.getByText('Here I am').count()).toBe(0);

    await george.getByRole('button', { name: 'Join the call' }).click();
    await elaine.getByRole('button', { name: 'Join the call' }).click();
    await seesMoving(george, 'Elaine');
    await seesMoving(elaine, 'George');
    expect(await violationsOf(george)).toEqual([]);

    await elaine.getByRole('button', { name: 'Mute the microphone' }).click();
    await elaine.getByRole('button', { name: 'Unmute the microphone' }).waitFor();
    await elaine.getByRole('button', { name: 'Leave the call' }).click();
    await george.getByText('Nobody else is in the call yet').waitFor();
  }, 120_000);

  test('keeps who asks to join, where host or they reload, and shows it wherever the host is', async () => {
    const george = await app.visit('George');
    const code = await start(george, 'Room Six');
    await george.getByRole('navigation').getByRole('button', { name: 'lobby' }).click();
    // The link is followed in a page that is open already.
    const elaine = await app.visit('Elaine');
    await elaine.goto(`${app.runtime.endpoint}/#meeting=${code}`);
    await ask(elaine);
    const row = george.getByRole('navigation').getByRole('button', { name: /Room Six.*asks to join/s });
    await row.waitFor();
    await george.reload();
    await row.waitFor();
    await elaine.reload();
    await elaine.getByText(/Waiting for the host to let you into/).waitFor();
    await row.click();
    const asking = george.getByRole('status', { name: 'People who ask to join' });
    await asking.getByText('Elaine asks to join.').waitFor();
    await asking.getByRole('button', { name: 'Admit' }).click();
    await elaine.getByRole('heading', { name: 'Room Six', level: 1 }).waitFor();
    await say(elaine, 'After all that');
    await eventually(async () => expect(await textsOf(george)).toEqual(['After all that']));
    expect(await elaine.getByText(/Waiting for the host/).count()).toBe(0);
    const newman = await app.open({ path: `#meeting=${code}` });
    await enterAsGuest(newman, 'Newman');
    await ask(newman);
    await newman.getByRole('button', { name: 'Hide', exact: true }).click();
    await expect(newman.getByText(/Waiting for the host/).count()).resolves.toBe(0);
    // Who is gone is not asked about any more.
    await newman.close();
    await asking.getByText('Newman asks to join.').waitFor();
    await eventually(async () => {
      await george.reload();
      await george.getByText('2 people here').waitFor();
      expect(await asking.getByText('Newman').count()).toBe(0);
    });
  }, 60_000);

  test('goes on with its call while somebody looks elsewhere, and shows whose camera is off', async () => {
    const george = await app.visit('George');
    const code = await start(george, 'Room Seven', { asks: false });
    const elaine = await app.open({ ...PHONE, path: `#meeting=${code}` });
    await enterAsGuest(elaine, 'Elaine');
    await elaine.getByRole('dialog').getByRole('button', { name: 'Ask to join' }).click();
    const join = (page: Page) => page.getByRole('button', { name: 'Join the call' });
    await join(elaine).waitFor();
    // On a phone too, what can be done stands in one line with the name.
    const head = await elaine.locator('.conversation-head').boundingBox();
    expect(head!.height).toBeLessThan(80);
    expect(await elaine.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    for (const page of [george, elaine]) await join(page).click();
    await seesMoving(george, 'Elaine');

    await elaine.getByRole('button', { name: 'Back to the list' }).click();
    await elaine.getByText('In the call of Room Seven').waitFor();
    expect(await violationsOf(elaine)).toEqual([]);
    await george.getByRole('navigation').getByRole('button', { name: 'lobby' }).click();
    await george.getByText('In the call of Room Seven').waitFor();
    const sound = george.locator('audio');
    await eventually(async () =>
      expect(await sound.evaluate((element) => (element as HTMLAudioElement).paused)).toBe(false),
    );
    await elaine.getByRole('button', { name: 'Back to it' }).click();
    await elaine.getByText('2 in the call').waitFor();
    await elaine.getByRole('button', { name: 'Turn the camera off' }).click();
    await elaine.getByRole('button', { name: 'Mute the microphone' }).click();
    await george.getByRole('button', { name: 'Back to it' }).click();
    await george.getByText(', camera off').waitFor({ state: 'attached' });
    await george.getByRole('img', { name: 'Muted:' }).waitFor();
    expect(await violationsOf(george)).toEqual([]);
    await elaine.getByRole('button', { name: 'Back to the list' }).click();
    await elaine.getByRole('button', { name: 'Leave the call' }).click();
    await george.getByText('Nobody else is in the call yet').waitFor();
  }, 90_000);

  test('says that a link is wrong, whatever it is made of', async () => {
    const page = await app.open({ path: '#meeting=%' });
    await enterAsGuest(page, 'George');
    await page.getByRole('dialog').getByRole('button', { name: 'Ask to join' }).click();
    await page.getByText('This code lets into no meeting.').waitFor();
  }, 60_000);

  test('S3, WebRTC: lets three see each other move, and two go on when one leaves', async () => {
    const george = await app.visit('George');
    const code = await start(george, 'Room Three', { asks: false });
    const enter = async (name: string) => {
      const page = await app.open({ path: `#meeting=${code}` });
      await enterAsGuest(page, name);
      await page.getByRole('dialog').getByRole('button', { name: 'Ask to join' }).click();
      await page.getByRole('heading', { name: 'Room Three', level: 1 }).waitFor();
      return page;
    };
    const people = { George: george, Elaine: await enter('Elaine'), Jerry: await enter('Jerry') };
    for (const page of Object.values(people)) {
      await page.getByRole('button', { name: 'Join the call' }).click();
    }
    for (const [name, page] of Object.entries(people)) {
      await page.getByText('3 in the call').waitFor();
      for (const other of Object.keys(people)) if (other !== name) await seesMoving(page, other);
    }
    await people.Jerry.close();
    for (const page of [george, people.Elaine]) await page.getByText('2 in the call').waitFor();
    await seesMoving(george, 'Elaine');
    await seesMoving(people.Elaine, 'George');
  }, 180_000);

  test('has place for six in its call: the seventh is told so, and can join when somebody has left', async () => {
    const george = await app.visit('George');
    const code = await start(george, 'Room Four', { asks: false });
    await george.getByRole('button', { name: 'Join the call' }).click();
    await george.getByText('Nobody else is in the call yet').waitFor();
    // Five more stays in the call, of somebody who says no more than that.
    const kramer = app.client('Kramer', 'lobby');
    const { roomId, connected_users: here } = await kramer.commands.joinMeeting(code);
    const host = here.find(({ name }) => name === 'George')!.userId;
    const tell = (kind: 'here' | 'gone', from: string) =>
      kramer.commands.signal(host, { parley: 'call', roomId, from, kind });
    const stays = ['one', 'two', 'three', 'four', 'five'];
    const told = new Promise<string>((resolve) =>
      kramer.on('signal', ({ data }) => resolve((data as { from: string }).from)),
    );
    for (const stay of stays) await tell('here', stay);
    await george.getByText('6 in the call').waitFor();

    // Somebody else speaks for one of these, and Kramer for another.
    const intruder = app.client('Susan', 'lobby');
    await intruder.commands.joinMeeting(code);
    const muted = {
      ...{ parley: 'call', roomId, kind: 'sends', to: await told },
      sound: false,
      picture: true,
    };
    await intruder.commands.signal(host, { ...muted, from: 'one' });
    await intruder.commands.signal(host, { parley: 'call', roomId, kind: 'gone', from: 'two' });
    await kramer.commands.signal(host, { ...muted, from: 'five' });
    const marks = george.getByRole('img', { name: 'Muted:' });
    await marks.first().waitFor();
    await expect(marks.count()).resolves.toBe(1);
    await george.getByText('6 in the call').waitFor();

    const newman = await app.open({ path: `#meeting=${code}` });
    await enterAsGuest(newman, 'Newman');
    await newman.getByRole('dialog').getByRole('button', { name: 'Ask to join' }).click();
    await newman.getByRole('button', { name: 'Join the call' }).click();
    await newman.getByText('The call is full: up to 6 people can be in it.').waitFor();
    expect(await violationsOf(newman)).toEqual([]);
    await expect(george.getByLabel('Picture of Newman').count()).resolves.toBe(0);
    await tell('gone', 'three');
    await george.getByText('5 in the call').waitFor();
    await newman.getByRole('button', { name: 'Try again' }).click();
    await seesMoving(george, 'Newman');
    await seesMoving(newman, 'George');
  }, 120_000);

  test('asks the STUN servers that the deployment names, which the policy of the page does not stop', async () => {
    const stun = createSocket('udp4');
    try {
      const asked = new Promise<Buffer>((resolve) => stun.once('message', resolve));
      await new Promise<void>((resolve) => stun.bind(0, '127.0.0.1', resolve));
      const iceServers = [{ urls: `stun:127.0.0.1:${stun.address().port}` }];
      const george = await app.visit('George', { configuration: { iceServers } });
      const code = await start(george, 'Room Five', { asks: false });
      await george.getByRole('button', { name: 'Join the call' }).click();
      await george.getByText('Nobody else is in the call yet').waitFor();
      const kramer = app.client('Kramer', 'lobby');
      const { roomId, connected_users: here } = await kramer.commands.joinMeeting(code);
      const host = here.find(({ name }) => name === 'George')!.userId;
      await kramer.commands.signal(host, { parley: 'call', roomId, from: 'one', kind: 'here' });
      // A binding request of RFC 8489: its type, and the magic cookie after the length.
      const request = await asked;
      expect([request.readUInt16BE(0), request.readUInt32BE(4)]).toEqual([0x0001, 0x2112a442]);
    } finally {
      stun.close();
    }
  }, 60_000);

  test('says plainly where a camera was refused, and one can look on', async () => {
    const george = await app.visit('George');
    await start(george, 'Room Two');
    await george.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await george.getByRole('button', { name: 'Join the call' }).click();
    await george.getByText(/Camera and microphone were refused/).waitFor();
    await george.getByText(/You can look and listen/).waitFor();
  }, 60_000);
});
