import { Timeline, type NumberedPush } from '../../web/src/talking/timeline';
import { hostToShow, safeHref, visible } from '../../web/src/talking/safe-text';

const about = (seq: number) => ({
  room: 'lobby',
  roomId: 'r_1',
  seq,
  epoch: 'e_1',
  messageId: `r_1.${seq}`,
  senderId: 'u_1',
  sender: 'George',
  timestamp: '2026-11-21T09:00:00.000Z',
});
const said = (seq: number, message: string, rev?: number): NumberedPush => ({
  type: 'message',
  ...about(seq),
  message,
  ...(rev === undefined ? {} : { rev }),
});
const edited = (seq: number, ref: number, message: string): NumberedPush => ({
  type: 'edited',
  ...about(seq),
  ref: `r_1.${ref}`,
  message,
});
const deleted = (seq: number, ref: number): NumberedPush => ({
  type: 'deleted',
  ...about(seq),
  ref: `r_1.${ref}`,
});

const texts = (timeline: Timeline) =>
  timeline.entries.get().map((entry) => (entry.kind === 'message' ? entry.text : entry.kind));

describe('a timeline', () => {
  test('holds each message once and in order, however live messages, recovery and history overlap', () => {
    const timeline = new Timeline();
    timeline.take([said(5, 'five')]);
    timeline.take([said(3, 'three'), said(4, 'four'), said(5, 'five')]);
    timeline.take([said(6, 'six')]);
    timeline.take([said(1, 'one'), said(2, 'two'), said(3, 'three')]);
    expect(texts(timeline)).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    expect(timeline.first).toBe(1);
  });

  test('gives an edit to its message also when that is loaded later', () => {
    const timeline = new Timeline();
    timeline.take([edited(9, 2, 'changed')]);
    timeline.take([said(1, 'one'), said(2, 'two')]);
    expect(texts(timeline)).toEqual(['one', 'changed']);
  });

  test('does not let an older edit undo a newer one, nor any edit a deletion', () => {
    const timeline = new Timeline();
    timeline.take([said(1, 'second edit', 8), said(2, 'two')]);
    timeline.take([edited(5, 1, 'first edit')]);
    expect(texts(timeline)).toEqual(['second edit', 'two']);
    timeline.take([deleted(10, 2), edited(9, 2, 'too late')]);
    expect(timeline.message('r_1.2')).toMatchObject({ deleted: true, text: '' });
  });

  test('keeps a line at its place when older messages come in above and newer below', () => {
    const timeline = new Timeline();
    timeline.take([said(5, 'five')]);
    timeline.line('notice', 'Elaine has joined the chat', 0);
    timeline.take([said(6, 'six')]);
    timeline.take([said(4, 'four')]);
    expect(texts(timeline)).toEqual(['four', 'five', 'line', 'six']);
  });
});

describe('text of others', () => {
  test('shows characters that turn the writing direction around by their number', () => {
    expect(visible('a\u202Eb\u0007c')).toBe('a⟨U+202E⟩b⟨U+0007⟩c');
    expect(visible('שלום\u200F, 👩🏽‍🚀\n')).toBe('שלום\u200F, 👩🏽‍🚀\n');
  });

  test.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '/here',
  ])('makes no link of %s', (href) => {
    expect(safeHref(href)).toBeUndefined();
  });

  test('says where a link goes, where its words do not', () => {
    expect(hostToShow('https://bank.example', 'https://evil.example/')).toBe('evil.example');
    expect(hostToShow('my bank', 'https://evil.example/')).toBe('evil.example');
    expect(hostToShow('https://a.example/x', 'https://a.example/x')).toBeUndefined();
    expect(hostToShow('www.a.example', 'http://www.a.example/')).toBeUndefined();
    expect(hostToShow('https://bank.example@evil.example', 'https://evil.example/')).toBe('evil.example');
    expect(hostToShow('george@vandelay.example', 'mailto:george@vandelay.example')).toBeUndefined();
  });
});
