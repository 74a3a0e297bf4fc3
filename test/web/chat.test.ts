import type { Browser, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { ParleyClient } from '../../client';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';
import type { Runtime } from '../../local/runtime';
import {
  complaintsOf,
  describeInBrowser,
  enterAsGuest,
  openBrowser,
  openPage,
  say,
  textsOf,
} from './browser';
import { lineTo, type Line } from './line';

describeInBrowser('the browser chat', () => {
  const data = temporaryFolder();
  let runtime: Runtime;
  let browser: Browser;
  const pages: Page[] = [];
  let rooms = 0;
  let room = '';

  beforeAll(async () => {
    // One by one, so that whatever is open is closed when the next one fails.
    browser = await openBrowser();
    runtime = await startTestRuntime({ data });
  }, 120_000);
  beforeEach(() => {
    room = `room ${(rooms += 1)}`;
  });
  afterEach(async () => {
    const complaints = pages.flatMap(complaintsOf);
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.close();
  });

  const visit = async (name: string, { origin = runtime.endpoint, websocketUrl = runtime.url } = {}) => {
    const page = await openPage(browser, `${origin}/`, { configuration: { room, websocketUrl } });
    pages.push(page);
    await enterAsGuest(page, name);
    await page.getByRole('heading', { name: room, level: 1 }).waitFor();
    return page;
  };
  /** Says much from outside of a browser, and resolves when all of it has its number. */
  const sayAll = async (name: string, texts: readonly string[]) => {
    const client = new ParleyClient({ url: runtime.url, guest: { name, room }, WebSocket }).start();
    await Promise.all(texts.map((text) => client.send(room, text)));
    client.close();
  };
  const list = (page: Page) => page.getByRole('region', { name: 'Messages', exact: true });
  const lines = (page: Page) => page.locator('.line').allInnerTexts();
  const openPrivate = (page: Page, name: string) =>
    page
      .getByRole('complementary', { name: 'People' })
      .getByRole('button', { name: `Write to ${name}` })
      .click();

  test('lets three people talk: names, notices, and each message once and in order', async () => {
    const george = await visit('George');
    const elaine = await visit('Elaine');
    const jerry = await visit('Jerry');
    await eventually(async () =>
      expect(await lines(george)).toEqual(['Elaine has joined the chat', 'Jerry has joined the chat']),
    );
    await say(george, 'These pretzels are making me thirsty');
    for (let number = 1; number <= 10; number += 1) await say(elaine, `Elaine ${number}`);
    await say(jerry, 'What is the deal with **pretzels**?');
    const everybody = [george, elaine, jerry];
    const said = await eventually(async () => {
      const texts = await Promise.all(everybody.map(textsOf));
      expect(texts[0]).toHaveLength(12);
      expect(texts[1]).toEqual(texts[0]);
      expect(texts[2]).toEqual(texts[0]);
      return texts[0]!;
    });
    expect(said.filter((text) => text.startsWith('Elaine'))).toEqual(numbered(10, 'Elaine'));
    expect(said).toContain('What is the deal with pretzels?');
    expect(await jerry.locator('.message-sender').allInnerTexts()).toEqual(
      expect.arrayContaining(['George', 'Elaine', 'Jerry']),
    );
  }, 60_000);

  test('keeps a private conversation to its two people, from its first message on', async () => {
    const george = await visit('George');
    const elaine = await visit('Elaine');
    const jerry = await visit('Jerry');
    await openPrivate(george, 'Elaine');
    await say(george, 'Coffee?');
    await elaine.getByRole('button', { name: /George.*1 unread/s }).click();
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['Coffee?']));
    await say(elaine, 'Monk’s, at two');
    await eventually(async () => expect(await textsOf(george)).toEqual(['Coffee?', 'Monk’s, at two']));
    await say(jerry, 'Anybody here?');
    await eventually(async () => expect(await textsOf(jerry)).toEqual(['Anybody here?']));
    await expect(jerry.getByText('Private conversation').count()).resolves.toBe(0);
    // After a reload the conversation still goes by the name of the other one.
    await elaine.reload();
    await elaine.getByRole('navigation').getByRole('button', { name: 'George' }).click();
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['Coffee?', 'Monk’s, at two']));
  }, 60_000);

  test('says how far an own message has come, and who is typing', async () => {
    const george = await visit('George');
    await say(george, 'Is anybody there?');
    await george.getByText('Sent', { exact: true }).waitFor({ state: 'attached' });
    const elaine = await visit('Elaine');
    await george.getByText('Read', { exact: true }).waitFor({ state: 'attached' });
    await elaine.getByRole('textbox', { name: /^Message to/ }).pressSequentially('I am');
    await george.getByText('Elaine is typing').waitFor();
    await elaine.getByRole('textbox', { name: /^Message to/ }).press('Enter');
    await eventually(async () => expect(await textsOf(george)).toEqual(['Is anybody there?', 'I am']));
  }, 60_000);

  test('changes and deletes own messages for everybody', async () => {
    const george = await visit('George');
    const elaine = await visit('Elaine');
    await say(george, 'Hello, Elain');
    await say(george, 'Oops');
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['Hello, Elain', 'Oops']));
    const menuOf = async (text: string, item: RegExp) => {
      const message = george.locator('[data-message-id]', { hasText: text });
      await message.hover();
      await message.getByRole('button', { name: /Do something/ }).click();
      await george.getByRole('menuitem', { name: item }).click();
    };
    await menuOf('Hello', /Edit/);
    await george.getByRole('textbox', { name: 'Text of the message' }).fill('Hello, Elaine');
    await george.keyboard.press('Enter');
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['Hello, Elaine', 'Oops']));
    await menuOf('Oops', /Delete/);
    await george.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await elaine.getByText('This message was deleted.').waitFor();
    await eventually(async () => expect(await textsOf(elaine)).toEqual(['Hello, Elaine']));
  }, 60_000);

  describe('on a line that can break', () => {
    let line: Line;
    beforeEach(async () => {
      line = await lineTo(runtime.url);
    });
    afterEach(() => line.close());

    test('recovers 50 messages, sends what waited, and says both', async () => {
      const george = await visit('George');
      const origin = line.url.replace(/^ws(.*)\/dev$/, 'http$1');
      const elaine = await visit('Elaine', { origin, websocketUrl: line.url });
      await say(george, 'before');
      await eventually(async () => expect(await textsOf(elaine)).toEqual(['before']));
      line.cut();
      await elaine
        .getByText(/Reconnecting in \d+ s/)
        .first()
        .waitFor();
      await sayAll('Newman', numbered(50, 'missed'));
      await say(elaine, 'written in a tunnel');
      await elaine.getByText('waits for the connection').waitFor();
      await elaine
        .getByText(/1 message waits/)
        .first()
        .waitFor();
      line.mend();
      await elaine.getByRole('button', { name: 'Try now' }).click();
      await list(elaine).getByText('Back again. 50 messages came in the meantime, all recovered.').waitFor();
      await eventually(async () => expect((await textsOf(george)).at(-1)).toBe('written in a tunnel'));
      await eventually(async () => expect((await textsOf(elaine)).at(-1)).toBe('written in a tunnel'));
      await elaine.getByText('Live', { exact: true }).first().waitFor();
      await list(elaine).evaluate((element) => element.scrollTo(0, 0));
      await eventually(async () =>
        expect((await textsOf(elaine)).slice(0, 3)).toEqual(['before', 'missed 1', 'missed 2']),
      );
    }, 90_000);
  });

  test('comes back by itself after the server was restarted, for everybody, without a loss', async () => {
    const people = [await visit('George'), await visit('Elaine'), await visit('Jerry')] as const;
    await say(people[0], 'before the restart');
    await eventually(async () => {
      for (const page of people) expect(await textsOf(page)).toEqual(['before the restart']);
    });
    const port = Number(new URL(runtime.url).port);
    await runtime.close();
    await people[1]
      .getByText(/Reconnecting/)
      .first()
      .waitFor();
    await say(people[1], 'while it was down');
    runtime = await startTestRuntime({ data, port });
    await say(people[2], 'after the restart');
    await eventually(
      async () => {
        for (const page of people) {
          const texts = await textsOf(page);
          expect([...texts].sort()).toEqual(['after the restart', 'before the restart', 'while it was down']);
          expect(texts).toEqual(await textsOf(people[0]));
        }
      },
      { timeout: 40_000 },
    );
  }, 120_000);

  test('shows hostile text as text, in messages, names and rooms', async () => {
    const nasty = '<img src=x onerror="document.title=1">';
    const george = await visit(nasty);
    const elaine = await visit('Elaine');
    const texts = [
      '<script>document.title = "owned"</script>',
      `${nasty} <b>bold</b>`,
      '[click](javascript:document.title="owned") [click](data:text/html,x)',
      'invoice\u202Egnp.exe',
      '![spy](https://spy.example/pixel.png)',
    ];
    for (const text of texts) await say(george, text);
    await say(george, '[https://bank.example](https://evil.example/login) and https://xn--pple-43d.example/');
    await eventually(async () => {
      const shown = await textsOf(elaine);
      expect(shown.slice(0, 3)).toEqual(texts.slice(0, 3));
      expect(shown[3]).toBe('invoice⟨U+202E⟩gnp.exe');
      expect(shown[4]).toBe(texts[4]);
      expect(shown[5]).toContain('(evil.example)');
    });
    const links = elaine.locator('.markdown a');
    expect(await links.evaluateAll((all) => all.map((one) => one.getAttribute('href')))).toEqual([
      'https://evil.example/login',
      'https://xn--pple-43d.example/',
    ]);
    expect(await links.first().getAttribute('rel')).toContain('noopener');
    expect(await elaine.locator('.markdown img, .markdown script, .markdown b').count()).toBe(0);
    expect(await elaine.title()).toMatch(/Parley$/);
    // Nested deeper than a parser can follow.
    for (const deep of [`${'>'.repeat(2000)}deep`, `${'1. '.repeat(2600)}deep`]) {
      await say(george, deep);
      await eventually(async () => expect((await textsOf(elaine)).at(-1)).toBe(deep));
    }
    await elaine.getByRole('button', { name: 'Join or create a room' }).click();
    await elaine.getByLabel('Name of the room').fill('<u>room</u>');
    await elaine.getByRole('button', { name: 'Join', exact: true }).click();
    await elaine.getByRole('heading', { name: '<u>room</u>' }).waitFor();
  }, 60_000);

  test('gives back a text that is too long instead of losing it', async () => {
    const george = await visit('George');
    await say(george, 'long '.repeat(3000));
    await george
      .getByRole('alert')
      .filter({ hasText: /at most/ })
      .waitFor();
    const field = george.getByRole('textbox', { name: /^Message to/ });
    expect((await field.inputValue()).length).toBeGreaterThan(10_000);
    await field.fill('a draft');
    await george.reload();
    await eventually(async () => expect(await field.inputValue()).toBe('a draft'));
  }, 60_000);

  test('scrolls back through the history without a jump, and finds words in it', async () => {
    await sayAll('George', numbered(130, 'number'));
    const elaine = await visit('Elaine');
    await eventually(async () => expect((await textsOf(elaine)).at(-1)).toBe('number 130'));
    // Nearly at the top: the page above is asked for, and comes only after these two frames.
    const before = await list(elaine).evaluate(async (element) => {
      element.scrollTo(0, 300);
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      await frame();
      const edge = element.getBoundingClientRect().top;
      const tops = [...element.querySelectorAll('[data-message-id]')].map((message) => ({
        id: message.getAttribute('data-message-id'),
        top: message.getBoundingClientRect().top,
      }));
      const first = tops.find(({ top }) => top >= edge);
      return { height: element.scrollHeight, id: first?.id ?? '', top: first?.top ?? 0 };
    });
    await eventually(async () =>
      expect(await list(elaine).evaluate((element) => element.scrollHeight)).toBeGreaterThan(before.height),
    );
    const top = await elaine
      .locator(`[data-message-id="${before.id}"]`)
      .evaluate((message) => message.getBoundingClientRect().top);
    expect(Math.abs(top - before.top)).toBeLessThan(4);
    await eventually(
      async () => {
        await list(elaine).evaluate((element) => element.scrollTo(0, 0));
        expect((await textsOf(elaine))[0]).toBe('number 1');
      },
      { interval: 100 },
    );
    await elaine.getByText('number 1', { exact: true }).waitFor();
    await elaine.getByText(`This is the beginning of ${room}.`).waitFor();
    await elaine.getByRole('button', { name: 'Newest' }).click();
    await elaine.getByText('number 130', { exact: true }).waitFor();
    await elaine.getByRole('button', { name: 'Search in this conversation' }).click();
    await elaine.getByRole('searchbox', { name: /Search what is loaded/ }).fill('number 42');
    await elaine.getByText('1 of 1').waitFor();
    await elaine.getByText('number 42', { exact: true }).waitFor();
  }, 120_000);
});

function numbered(last: number, text: string): string[] {
  return Array.from({ length: last }, (_, index) => `${text} ${index + 1}`);
}
