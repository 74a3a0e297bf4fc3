import path from 'node:path';
import { actionOf, readConversation, type Step } from '../../bin/schemas/conversation';
import { PUSHES, withAction } from '../../bin/schemas/definitions';
import { commands, type Command } from '../../handlers/chat/protocol/commands';
import { errorReplySchema } from '../../handlers/chat/protocol/replies';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient, type Frame } from '../support/chat-client';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';
import { Retold } from './retold';

const { people, steps } = readConversation(path.join(__dirname, '..', '..'));
const byAction: Readonly<Record<string, Command>> = commands;

const told = (step: Step, index: number) => `${index + 1}. ${step.by}: ${JSON.stringify(step.sends)}`;

describe('the conversation in the documents', () => {
  test.each(steps.map((step, index) => [told(step, index), step] as const))(
    'S3, JSON message formats: %s keeps to the schemas, and so do its reply and its pushes, with no field that they do not name',
    (_, step) => {
      const command = byAction[actionOf(step)];
      if (step.gets.ok === true) {
        expect(withAction(actionOf(step), command!).parse(step.sends)).toEqual(step.sends);
        expect(command!.gives.parse(step.gets)).toEqual(step.gets);
      } else {
        expect(errorReplySchema.parse(step.gets)).toEqual(step.gets);
      }
      for (const { gets } of step.others) {
        const push = PUSHES[gets.type as keyof typeof PUSHES];
        expect(push.parse(gets)).toEqual(gets);
      }
    },
  );

  test('shows every command at least once', () => {
    const shown = new Set(steps.map(actionOf));
    expect(Object.keys(commands).filter((action) => !shown.has(action))).toEqual([]);
  });

  test('shows every push but those that a conversation of a minute has no place for', () => {
    const shown = new Set(steps.flatMap(({ others }) => others.map(({ gets }) => gets.type)));
    expect(Object.keys(PUSHES).filter((type) => !shown.has(type))).toEqual(['bye']);
  });
});

describe('the conversation in the documents, held with the running product', () => {
  let runtime: Runtime;
  const clients = new Map<string, ChatClient>();
  const retold = new Retold();

  const arrive = async (person: (typeof people)[string], pool: UserPool): Promise<ChatClient> => {
    if ('account' in person) {
      await pool.add(person.account);
      const token = await pool.signIn(person.account);
      const client = await connect(runtime.url, { protocols: ['parley.v1', `bearer.${token}`] });
      client.send({ action: 'hello', id: 'who am I?' });
      retold.introduce(person.userId, String((await client.next({ id: 'who am I?' })).userId));
      return client;
    }
    const query = person.name === undefined ? '' : `?name=${person.name}`;
    return connect(runtime.url + query, { protocols: ['parley.v1', `guest.${person.secret}`] });
  };

  beforeAll(async () => {
    runtime = await startTestRuntime({ speed: 10 });
    const pool = new UserPool(runtime);
    for (const [who, person] of Object.entries(people)) clients.set(who, await arrive(person, pool));
    pool.close();
  }, 60_000);
  afterAll(async () => {
    for (const client of clients.values()) await client.close();
    await runtime.close();
  });

  test.each(steps.map((step, index) => [told(step, index), step] as const))('%s', async (_, step) => {
    const from = new Map(step.others.map(({ to }) => [to, clients.get(to)!.frames.length]));
    const client = clients.get(step.by)!;
    client.send(retold.translate(step.sends));
    const reply = await client.next((frame) => isFrame(frame) && 'ok' in frame);
    const [expectedReply, actualReply] = retold.pair(step.gets, reply);
    expect(actualReply).toEqual(expectedReply);
    for (const { to, gets } of step.others) {
      const push = await nextPush(clients.get(to)!, retold.translate(gets), from.get(to)!);
      const [expected, actual] = retold.pair(gets, push);
      expect(actual).toEqual(expected);
    }
  });
});

/** The first push of this type, about this person, among a client's frames from there on. */
async function nextPush(
  client: ChatClient,
  { type, userId }: Record<string, unknown>,
  from: number,
): Promise<Frame> {
  const found = () =>
    client.frames
      .slice(from)
      .find((frame) => isFrame(frame) && frame.type === type && frame.userId === userId);
  await eventually(() => expect(found()).toBeDefined(), { timeout: 20_000 });
  return found()!;
}

function isFrame(frame: Frame): frame is Record<string, unknown> {
  return typeof frame === 'object';
}
