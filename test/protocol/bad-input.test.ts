import path from 'node:path';
import { actionOf, readConversation } from '../../bin/schemas/conversation';
import { definitions } from '../../bin/schemas/definitions';
import { commands, type Command } from '../../handlers/chat/protocol/commands';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { startTestRuntime } from '../support/runtime';

/** What a field gets, and what it is called in a test's name. */
interface Bad {
  readonly what: string;
  readonly field: string;
  readonly value: unknown;
  /** The names that its refusal may have. */
  readonly refused: readonly string[];
}

interface FieldSchema {
  readonly type?: string;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: unknown;
}

const { steps } = readConversation(path.join(__dirname, '..', '..'));
const schemas = definitions('#/');
const HOSTILE = {
  'a NUL': 'a\u0000b',
  'terminal controls': '\u001b[2J\u0007',
  'a right-to-left override': '\u202egroeg',
  'direction isolates': '\u2066admin\u2069',
  'half a character': 'a\ud800b',
} as const;
/** Fields that others see as a name, or that name a room: nothing invisible may make one look like another. */
const NAMES: readonly (readonly [action: string, field: string])[] = [
  ['createRoom', 'name'],
  ['setName', 'name'],
  ['sendMessage', 'room'],
  ['joinRoom', 'room'],
  ['history', 'room'],
  ['typing', 'room'],
  ['createMeeting', 'data'],
  ['sendPrivate', 'to'],
];

/** The first documented command of an action that was answered with ok: all its fields are good. */
function goodFrame(action: string): Record<string, unknown> {
  const step = steps.find(
    (one) => actionOf(one) === action && (one.gets.ok === true || action === 'refresh'),
  );
  return { ...step!.sends, action };
}

/** Everything wrong that the schema of a command's own fields allows to think of. */
function badInputs(action: string): Bad[] {
  const schema = schemas[`command.${action}`] as {
    properties: Record<string, FieldSchema>;
    required?: string[];
  };
  return Object.entries(schema.properties).flatMap(([field, it]): Bad[] => {
    if (field === 'action' || field === 'id') return [];
    const bad = (what: string, value: unknown, ...refused: string[]): Bad => {
      return { what, field, value, refused: ['bad_request', ...refused] };
    };
    const list: Bad[] = [];
    if (schema.required?.includes(field)) list.push(bad('nothing', undefined));
    // `signal` passes on whatever it is given, and a meeting may be given by its name alone.
    if (it.type === undefined && it.anyOf === undefined) return list;
    list.push(bad('null', null), bad('a list', [[]]));
    if (it.type !== 'boolean') list.push(bad('a truth', true));
    if (it.type !== 'integer') list.push(bad('a number', 7));
    if (it.type !== 'object' && it.anyOf === undefined) list.push(bad('an object', { toString: 1 }));
    if (it.type !== 'string' && it.anyOf === undefined) list.push(bad('a text', 'no'));
    if (it.minLength !== undefined) list.push(bad('an empty text', ''));
    if (it.maxLength !== undefined) list.push(bad('too long a text', 'x'.repeat(it.maxLength + 1)));
    if (it.minimum !== undefined)
      list.push(bad('too small a number', it.minimum - 1), bad('a fraction', 1.5));
    if (it.maximum !== undefined) list.push(bad('too large a number', it.maximum + 1));
    if (field === 'message' || field === 'data') {
      if (it.type === 'string') {
        list.push(bad('too long a text', 'é'.repeat(4001), 'too_large'), bad('half a character', 'a\ud800b'));
      }
    }
    return list;
  });
}

// `send` is no command but the one line of the tutorials: with other data it is an unknown action.
const cases = Object.keys(commands)
  .filter((action) => action !== 'send')
  .flatMap((action) =>
    badInputs(action).map((bad) => [`${action} with ${bad.what} for ${bad.field}`, action, bad] as const),
  );
const hostileNames = NAMES.flatMap(([action, field]) =>
  Object.entries(HOSTILE).map(
    ([what, value]) => [`${action} with ${what} in ${field}`, action, field, value] as const,
  ),
);

describe('bad input through a real socket', () => {
  let runtime: Runtime;
  let george: ChatClient;
  beforeAll(async () => {
    runtime = await startTestRuntime();
    george = await connect(`${runtime.url}?name=George`);
  }, 60_000);
  afterAll(async () => {
    await george.close();
    await runtime.close();
  });

  /** The refusal of a frame. Its id comes back, so the socket lives on and the refusal is that of this frame. */
  async function refusalOf(frame: Record<string, unknown> | string, id: string) {
    george.send(frame);
    const reply = await george.next((one) => typeof one === 'object' && 'ok' in one);
    expect(reply).toMatchObject({ id, ok: false });
    return reply.error as { name: string; field?: string; temporary: boolean };
  }

  test('has a case for every command that takes anything at all', () => {
    const withFields = Object.entries<Command>(commands).filter(
      ([, { takes }]) => Object.keys(takes.shape).length > 2,
    );
    const covered = new Set(cases.map(([, action]) => action));
    expect(withFields.map(([action]) => action).filter((action) => !covered.has(action))).toEqual(['send']);
    expect(cases.length).toBeGreaterThan(250);
  });

  test.each(cases)('%s is refused by a typed error that names the field', async (_, action, bad) => {
    const frame = { ...goodFrame(action), id: 'bad', [bad.field]: bad.value };
    // A text that is good under its other name would be taken.
    if (bad.field === 'data' && 'message' in frame) delete frame.message;
    const { name, field, temporary } = await refusalOf(frame, 'bad');
    expect(bad.refused).toContain(name);
    expect(`${field}/`.startsWith(`/${bad.field}/`)).toBe(true);
    expect(temporary).toBe(false);
  });

  test.each(hostileNames)(
    '%s is refused by a typed error that names the field',
    async (_, action, field, value) => {
      const frame = { ...goodFrame(action), id: 'hostile', [field]: value };
      delete (frame as { roomId?: string })[field === 'room' ? 'roomId' : ('room' as 'roomId')];
      const error = await refusalOf(frame, 'hostile');
      expect(error).toMatchObject({ name: 'bad_request', field: `/${field}` });
    },
  );

  test.each(Object.keys(commands))(
    '%s takes prototype keys for what they are, fields that mean nothing',
    async (action) => {
      const good = JSON.stringify({ ...goodFrame(action), id: 'proto' });
      const hostile = '"__proto__":{"ok":1,"id":9},"constructor":{"prototype":{"x":1}},"hasOwnProperty":0';
      george.send(`${good.slice(0, -1)},${hostile}}`);
      const reply = await george.next({ id: 'proto' });
      expect((reply.error as { name?: string } | undefined)?.name).not.toBe('internal');
      expect(({} as { x?: number }).x).toBeUndefined();
    },
  );

  test.each([
    ['a meeting without a name', '{"action":"createMeeting","data":{"media":"chat"}}', '/data'],
    [
      'a meeting of an unknown kind',
      '{"action":"createMeeting","data":{"group_name":"a","media":"smell"}}',
      '/data',
    ],
    [
      'too long a code',
      `{"action":"joinMeeting","data":{"group_id":"${'x'.repeat(257)}"}}`,
      '/data/group_id',
    ],
    ['a position without an epoch', '{"action":"resume","rooms":{"lobby":{"seq":0}}}', '/rooms/lobby/epoch'],
    [
      'a position below 0',
      '{"action":"resume","rooms":{"lobby":{"epoch":"e","seq":-1}}}',
      '/rooms/lobby/seq',
    ],
    ['a room called a/~', '{"action":"resume","rooms":{"a/~":7}}', '/rooms/a~1~0'],
    ['an id that is a list', '{"action":"ping","id":[1]}', '/id'],
    ['too long an id', `{"action":"ping","id":"${'x'.repeat(65)}"}`, '/id'],
    [
      'lists a thousand deep',
      `{"action":"signal","to":"x","data":${'['.repeat(1000)}${']'.repeat(1000)}}`,
      '/to',
    ],
    [
      'lists ten thousand deep',
      `{"action":"joinMeeting","data":${'['.repeat(9999)}${']'.repeat(9999)}}`,
      '/data',
    ],
    ['an action that is an object', '{"action":{"toString":"ping"}}', '/action'],
    ['send with other data than ping', '{"action":"send","data":"pong"}', '/action'],
    ['the action __proto__', '{"action":"__proto__"}', '/action'],
    ['the action $connect', '{"action":"$connect"}', '/action'],
    ['half a JSON', '{"action":"ping"', undefined],
    ['a lone text', '"ping"', undefined],
    ['nothing', ' ', undefined],
  ])('%s is refused by a typed error', async (_, frame, field) => {
    george.send(frame);
    const reply = await george.next((one) => typeof one === 'object' && 'ok' in one);
    expect(reply).toMatchObject({ ok: false, error: { temporary: false, traceId: expect.any(String) } });
    expect((reply.error as { field?: string }).field).toBe(field);
  });

  test('and after all of it the same socket still chats', async () => {
    george.send({ action: 'sendMessage', room: 'lobby', message: 'still here', id: 'after' });
    expect(await george.next({ id: 'after' })).toMatchObject({ ok: true });
  });
});
