import type { Page } from 'playwright-core';
import { appUnderTest } from './app-under-test';
import { violationsOf } from './axe';
import { describeInBrowser, eventually, numbered, say, sayAll, textsOf } from './browser';

describeInBrowser('the browser chat', () => {
  const app = appUnderTest();
  let rooms = 0;
  let room = '';
  beforeEach(() => {
    room = `room ${(rooms += 1)}`;
  });
  const visit = (name: string) => app.visit(name, { room });
  const list = (page: Page) => page.getByRole('region', { name: 'Messages', exact: true });
  const lines = (page: Page) => page.locator('.line').allInnerTexts();
  const openPrivate = (page: Page, name: string) =>
    page
      .getByRole('complementary', { name: 'People' })
      .getByRole('button', { name: `Write to ${name}` })
      .click();

  test('S0, React client; S3, Vue UI: lets three people talk: names, notices, and each message once and in order', async () => {
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

  test('names the other one of a private conversation, and says whether they are here, whoever began it', async () => {
    const george = await visit('George');
    const elaine = await visit('Elaine');
    await openPrivate(elaine, 'George');
    await say(elaine, 'Are you there?');
    const row = (name: RegExp) => george.getByRole('navigation').getByRole('button', { name });
    const forgetNames = (page: Page) =>
      page.evaluate(() => {
        for (const key of Object.keys(localStorage))
          if (key.startsWith('parley.names.')) localStorage.removeItem(key);
      });
    await row(/Elaine.*online.*1 unread/s).waitFor();
    // He never answers, and hears of her from the server alone.
    await forgetNames(george);
    await george.reload();
    await row(/Elaine.*online.*1 unread/s).waitFor();
    await elaine.close();
    await eventually(async () => expect(await row(/online/).count()).toBe(0));
    await forgetNames(george);
    await george.reload();
    await row(/Elaine/).click();
    await george.getByRole('heading', { name: 'Elaine', level: 1 }).waitFor();
    await george.getByText('Not online now').waitFor();
    await eventually(async () => expect(await textsOf(george)).toEqual(['Are you there?']));
  }, 60_000);

  test('tells somebody who is invited by whom and into which room, until they open it', async () => {
    const elaine = await visit('Elaine');
    const george = await visit('George');
    await george.getByRole('button', { name: 'Start a meeting' }).click();
    await george.getByLabel('What is it about?').fill('Festivus');
    await george.getByRole('button', { name: 'Start', exact: true }).click();
    await george.getByRole('heading', { name: 'Festivus', level: 1 }).waitFor();
    await george.getByRole('button', { name: 'Invite' }).click();
    await george.getByRole('dialog').getByRole('button', { name: 'Elaine' }).click();
    await george.getByText('Elaine is invited.').waitFor();
    const invitations = elaine.getByRole('status', { name: 'Invitations' });
    await invitations.getByText('George invites you to Festivus.').waitFor();
    expect(await violationsOf(elaine)).toEqual([]);
    await elaine.reload();
    await invitations.getByText('George invites you to Festivus.').waitFor();
    await invitations.getByRole('button', { name: 'Open' }).click();
    await elaine.getByRole('heading', { name: 'Festivus', level: 1 }).waitFor();
    await expect(invitations.getByText('George').count()).resolves.toBe(0);
    await say(elaine, 'A pole?');
    await george.keyboard.press('Escape');
    await eventually(async () => expect(await textsOf(george)).toEqual(['A pole?']));
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
    await george.reload();
    await george.getByText('Read', { exact: true }).waitFor({ state: 'attached' });
  }, 60_000);

  test('leads back into the first room who has left every one', async () => {
    const george = await visit('George');
    await george.getByRole('button', { name: 'More about this room' }).click();
    await george.getByRole('menuitem', { name: 'Leave this room' }).click();
    await george.getByRole('button', { name: `Join ${room}` }).click();
    await george.getByRole('heading', { name: room, level: 1 }).waitFor();
    await say(george, 'back again');
    await eventually(async () => expect(await textsOf(george)).toEqual(['back again']));
  }, 60_000);

  test('finds people by name beside rooms, and writes an emoji where the cursor is', async () => {
    const george = await visit('George');
    await visit('Elaine');
    const find = george.getByRole('searchbox', { name: 'Find rooms and people' });
    await find.fill('nobody');
    await george.getByText('Nobody of that name in your rooms.').waitFor();
    await find.fill('elai');
    await george.getByRole('navigation').getByRole('button', { name: 'Elaine' }).click();
    await george.getByRole('heading', { name: 'Elaine', level: 1 }).waitFor();
    expect(await find.inputValue()).toBe('');
    const field = george.getByRole('textbox', { name: /^Message to/ });
    await field.fill('A , please');
    await field.evaluate((element) => (element as HTMLTextAreaElement).setSelectionRange(2, 2));
    await george.getByRole('button', { name: 'Emoji' }).click();
    await george.getByPlaceholder('Search').fill('pizza');
    await george.getByRole('gridcell').first().click();
    await george.keyboard.type(' slice');
    await eventually(async () => expect(await field.inputValue()).toBe('A 🍕 slice, please'));
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
    await sayAll(app.client('George', room), room, numbered(130, 'number'));
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
