import { checkChatLogs, type ClientLog, type LogEntry } from './chat-log-checker';

const stored = [1, 2, 3, 4].map((seq) => ({ seq, messageId: `r.${seq}`, text: `text ${seq}` }));
const sent = stored.map(({ seq, text }) => ({ seq, text }));
const log = (...entries: (number | LogEntry)[]): ClientLog => ({
  name: 'George',
  from: 0,
  entries: entries.map((entry) => (typeof entry === 'number' ? stored[entry - 1]! : entry)),
});
const none = { lost: [], duplicated: [], misordered: [], phantom: [] };

describe('the checker of chat logs', () => {
  test('finds nothing in a faultless run, nor where a client began later or said what is missing', () => {
    const clients = [
      log(1, 2, 3, 4),
      { ...log(3, 4), from: 2 },
      log(1, { missing: { after: 1, upTo: 3 }, reason: 'retention' }, 4),
    ];
    expect(checkChatLogs({ sent, stored, clients })).toEqual(none);
    expect(checkChatLogs({ sent: [...sent, { text: 'no reply came' }], stored, clients })).toEqual(none);
  });

  const made: LogEntry = { seq: 5, messageId: 'r.5', text: 'made up' };
  const garbled: LogEntry = { seq: 2, messageId: 'r.2', text: 'garbled' };
  test.each<[string, Parameters<typeof checkChatLogs>[0], object]>([
    [
      'a message that a client never got',
      { sent, stored, clients: [log(1, 2, 4)] },
      { lost: ['George: number 3'] },
    ],
    ['the last message, lost', { sent, stored, clients: [log(1, 2, 3)] }, { lost: ['George: number 4'] }],
    [
      'a hole that goes beyond what was said to be missing',
      { sent, stored, clients: [log(1, { missing: { after: 1, upTo: 2 }, reason: 'missing' }, 4)] },
      { lost: ['George: number 3'] },
    ],
    [
      'a number that the store skipped',
      {
        sent: [sent[0]!, sent[2]!].map(({ text }) => ({ text })),
        stored: [stored[0]!, stored[2]!],
        clients: [],
      },
      { lost: ['store: number 2'] },
    ],
    [
      'an accepted message that is not stored',
      { sent: [...sent, { seq: 5, text: 'accepted' }], stored, clients: [] },
      { lost: ['store: "accepted", accepted as 5'] },
    ],
    [
      'a message that came twice',
      { sent, stored, clients: [log(1, 2, 2, 3, 4)] },
      { duplicated: ['George: number 2'] },
    ],
    [
      'a message that was kept twice',
      {
        sent: [...sent.slice(1), { text: 'text 1' }],
        stored: [...stored, { seq: 5, messageId: 'r.5', text: 'text 1' }],
        clients: [],
      },
      { duplicated: ['store: "text 1" is also 5'] },
    ],
    [
      'a message that came too late',
      { sent, stored, clients: [log(1, 3, 2, 4)] },
      { misordered: ['George: 2 after 3'] },
    ],
    [
      'a message that nobody sent',
      { sent, stored, clients: [log(1, 2, 3, 4, made)] },
      { phantom: ['George: 5 "made up" is not what is stored'] },
    ],
    [
      'a text that changed on its way',
      { sent, stored, clients: [log(1, garbled, 3, 4)] },
      { phantom: ['George: 2 "garbled" is not what is stored'] },
    ],
    [
      'a reply with the number of something else',
      { sent: sent.map((one) => (one.seq === 4 ? { ...one, seq: 3 } : one)), stored, clients: [] },
      { phantom: ['store: "text 4" is 4, accepted as 3'] },
    ],
    [
      'a stored message that nobody sent',
      { sent: sent.slice(1), stored, clients: [] },
      { phantom: ['store: 1 "text 1" was sent by nobody'] },
    ],
  ])('catches %s', (_, run, found) => {
    expect(checkChatLogs(run)).toEqual({ ...none, ...found });
  });
});
