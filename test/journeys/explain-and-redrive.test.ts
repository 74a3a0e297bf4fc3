import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { explain } from '../../bin/operations/explain';
import { findInstallation, type Installation } from '../../bin/operations/installation';
import { redriveMessage } from '../../bin/operations/redrive';
import { partOfPlace } from '../../handlers/chat/fan-out/audience-plan';
import { slotOf } from '../../handlers/chat/ids';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime, testAssembly } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';

const TEXT = 'canary text of the redriven message';
const PARTS = 3;
/** Above two segments and at most three, so that there are three parts. */
const [FEWEST, MOST] = [15, 21];
const SEGMENT = 7;
/** What a part has at least, so that each of its stories has somebody to happen to. */
const AT_LEAST = 2;
/** Lambda's own limit kills the worker halfway: long enough for honest work, shorter than a post is tried. */
const TIMEOUT_SECONDS = 4;

interface Member {
  readonly client: ChatClient;
  readonly name: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly part: number;
}

describe('a message that one part always fails and whose worker is killed in another', () => {
  const folder = temporaryFolder();
  let runtime: Runtime;
  let deployed: Deployed;
  let installation: Installation;
  let members: Member[];
  let messageId: string;

  beforeAll(async () => {
    const context = { segmentSize: String(SEGMENT), alerts: 'off' };
    cpSync(await testAssembly(context), folder, { recursive: true });
    shortenPostToPart(folder);
    runtime = await startTestRuntime({ assembly: folder, concurrency: PARTS });
    deployed = new Deployed(runtime.endpoint);
    installation = await findInstallation({ endpoint: runtime.endpoint });
    members = await roomOfThreeParts();
    // Faults are to hit the message alone, not what is said of those who have joined.
    await runtime.bus.idle();
    await runtime.stateMachines.idle();
  }, 120_000);
  afterAll(async () => {
    installation.close();
    deployed.close();
    await runtime.close();
  });

  async function roomOfThreeParts(): Promise<Member[]> {
    const all: Member[] = [];
    const isReady = () =>
      all.length >= FEWEST && [0, 1, 2].every((part) => inPart(all, part).length >= AT_LEAST);
    while (!isReady()) {
      expect(all.length).toBeLessThan(MOST);
      const name = `member-${all.length}`;
      const client = await connect(`${runtime.url}?name=${name}`);
      const row = (await deployed.rows('Connections')).find((one) => one.name === name) as unknown as {
        connectionId: string;
        userId: string;
        rooms: Set<string>;
      };
      const { connectionId, userId, rooms } = row;
      const part = partOfPlace(slotOf([...rooms][0]!, userId, connectionId).slice(0, 16), PARTS);
      all.push({ client, name, userId, connectionId, part });
    }
    return all;
  }

  const inPart = (all: readonly Member[], part: number) => all.filter((member) => member.part === part);
  const copies = ({ client }: Member) =>
    client.frames.filter((frame) => (frame as { messageId?: string }).messageId === messageId).length;
  const executionStatuses = async () => (await deployed.fanOuts()).map(({ status }) => status).toReversed();
  const explained = async (user?: string) => {
    const lines = await explain({ messageId, ...(user === undefined ? {} : { user }) }, installation);
    expect(lines.join('\n')).not.toContain('canary');
    return lines.map((line) => line.trim());
  };
  const redriven = async () => {
    const lines: string[] = [];
    await redriveMessage({ messageId }, installation, (line) => lines.push(line));
    return lines;
  };

  test('is served to the others, explained attempt by attempt, and redriven to exactly those who were missed', async () => {
    const [sender] = inPart(members, 0);
    const [well, failing, dying] = [0, 1, 2].map((part) =>
      inPart(members, part).filter((member) => member !== sender),
    ) as [Member[], Member[], Member[]];
    // A young connection that answers 410 may still be connecting: it is a failure, and a quick one. In the other
    // part all but one have the message when the worker is killed, waiting for the one.
    const faults = [
      ...failing.map(({ connectionId }) => `connections.post[${connectionId}]:status(410)`),
      `connections.post[${dying[0]!.connectionId}]:slow(10s)`,
    ].join('; ');
    await deployed.faults(faults);

    sender!.client.send({ action: 'sendMessage', message: TEXT });
    messageId = (await sender!.client.next({ ok: true })).messageId as string;
    await eventually(async () => expect(await executionStatuses()).toEqual(['FAILED']), { timeout: 25_000 });
    expect(well.map(copies)).toEqual(well.map(() => 1));
    expect(failing.map(copies)).toEqual(failing.map(() => 0));

    const first = await explained();
    expect(first[0]).toBe(`Parley dev at ${runtime.endpoint}`);
    expect(first).toContain('last failure: recipients_missed');
    const line = first.find((one) => one.startsWith('attempt 1: '));
    expect(line).toMatch(
      new RegExp(
        `^attempt 1: posted ${well.length}, gone 0, failed ${failing.length} \\(${failing.length} not_open\\), unknown about \\d+$`,
      ),
    );
    expect(first).toContain('not finished: part 2; the worker died there, or is still at it');
    expect(first.filter((one) => one.startsWith('fan-out FAILED (FanOutIncomplete)'))).toHaveLength(1);
    const slowPosts = runtime.faults.list().at(-1)!.fired;

    // The fault is still there: the failing part fails again, and nobody who has the message gets it again.
    await deployed.faults(faults.split('; ').slice(0, -1).join('; '));
    const [, , goes] = await redriven();
    expect(goes).toBe(
      `Attempt 2 goes to ${failing.length} connections that failed, and to 1 part whose outcome is unknown or that was not attempted, save whom the ledger names as reached.`,
    );
    await eventually(async () => expect(await executionStatuses()).toEqual(['FAILED', 'FAILED']), {
      timeout: 20_000,
    });
    expect(well.map(copies)).toEqual(well.map(() => 1));
    expect(failing.map(copies)).toEqual(failing.map(() => 0));
    for (const member of dying) expect(copies(member)).toBeGreaterThanOrEqual(1);

    // One of those who were missed is gone for good when the fault is.
    const [left, ...staying] = failing;
    await left!.client.close();
    await eventually(async () =>
      expect((await deployed.rows('Connections')).map(({ userId }) => userId)).not.toContain(left!.userId),
    );
    await deployed.faults('');
    expect((await redriven())[2]).toBe(`Attempt 3 goes to ${failing.length} connections that failed.`);
    await eventually(
      async () => expect(await executionStatuses()).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']),
      { timeout: 20_000 },
    );
    expect(staying.map(copies)).toEqual(staying.map(() => 1));
    expect(well.map(copies)).toEqual(well.map(() => 1));

    const last = await explained();
    expect(last).toContainEqual(expect.stringMatching(/^closed, after 3 attempts; accepted /));
    expect(last).toContainEqual(
      expect.stringMatching(`^attempt 2: posted ${dying.length}, gone 0, failed ${failing.length} `),
    );
    expect(last).toContain(`attempt 3: posted ${staying.length}, gone 1, failed 0, unknown 0`);
    expect(last.filter((one) => /^fan-out (FAILED|SUCCEEDED)/.test(one))).toHaveLength(3);
    // The sender's trace and one for each redrive; the first has the frame that came in and the reply besides.
    const webSocket = (given: string[]) =>
      given
        .flatMap((one) => /^API Gateway \$\d+\.00: (\d+) messages of 32 KB/.exec(one)?.[1] ?? [])
        .map(Number);
    expect(webSocket(first)).toHaveLength(1);
    expect(webSocket(last)).toHaveLength(3);
    expect(webSocket(last)[0]).toBeGreaterThanOrEqual(2 + well.length);
    expect(webSocket(last).slice(2)).toEqual([staying.length]);

    expect(await explained(well[0]!.name)).toContain(
      `connection ${well[0]!.connectionId}: has it (attempt 1 posted)`,
    );
    expect(await explained(dying[0]!.userId)).toContain(
      `connection ${dying[0]!.connectionId}: has it (attempt 1 unknown, attempt 2 posted)`,
    );
    expect(await explained(staying[0]!.name)).toContain(
      `connection ${staying[0]!.connectionId}: has it (attempt 1 failed not_open, attempt 2 failed not_open, attempt 3 posted)`,
    );
    // Long gone, and nameless by now: slots follow from the id alone.
    expect(await explained(left!.userId)).toContainEqual(
      expect.stringMatching(
        /^slot [0-9a-f]{20}…: was gone \(attempt 1 failed not_open, attempt 2 failed not_open, attempt 3 gone\)$/,
      ),
    );
    await expect(explained(left!.name)).rejects.toThrow('can be asked for by id');
    // The sender is found by what they wrote, connected or not.
    await sender!.client.close();
    await eventually(async () => expect(await deployed.rows('Connections')).toHaveLength(members.length - 2));
    expect(await explained(sender!.name)).toContain(
      `connection ${sender!.connectionId}: sent it, and had the reply instead of a push`,
    );

    await expect(redriven()).rejects.toThrow('Nobody was missed');
    expect(await executionStatuses()).toHaveLength(3);
    // What dead workers had asked of the gateway it did in the end: at least once, and clients dedupe by id.
    await eventually(() => expect(copies(dying[0]!)).toBe(slowPosts + 1), { timeout: 20_000 });
  }, 90_000);

  test('is explained by the command that the runbook names, in plain lines', async () => {
    const told = await command('bin/explain.ts', messageId, '--endpoint', runtime.endpoint);
    expect(told).toEqual({
      code: 0,
      out: expect.stringContaining(`Message ${messageId}\n  closed`),
      err: '',
    });
    const refused = await command('bin/redrive.ts', messageId, '--endpoint', runtime.endpoint);
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: `${messageId}: Nobody was missed: its fan-out is closed.\n`,
    });
    const nowhere = await command('bin/explain.ts', messageId, '--endpoint', 'http://127.0.0.1:1');
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringMatching(/^Nothing answers at http:.*\n$/) });
  }, 60_000);

  test('is found in a deployed stage by its name alone, with the credentials and address of the environment', async () => {
    process.env.AWS_ENDPOINT_URL = runtime.endpoint;
    const stage = await findInstallation({ stage: 'dev' });
    const lines = await explain({ messageId }, stage);
    expect(lines.slice(0, 3)).toEqual(['Parley dev on AWS', '', `Message ${messageId}`]);
    expect(lines.join('\n')).toContain('Bill\n  not known: only the local runtime has a meter');
    stage.close();
    await expect(findInstallation({ stage: 'de' })).rejects.toThrow('no table Connections of the stage de');
  });

  test('refuses what is no message, and what nobody knows', async () => {
    await expect(explain({ messageId: 'nonsense' }, installation)).rejects.toThrow('no message id');
    await expect(explain({ messageId: 'r_nowhere.7' }, installation)).rejects.toThrow('Nothing is known');
    const nothing = redriveMessage({ messageId: 'r_nowhere.7' }, installation, () => {});
    await expect(nothing).rejects.toThrow('not in the outbox');
  });
});

function command(file: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  // As bin/run.js starts it, without its look at the packages.
  const options = { cwd: path.join(__dirname, '..', '..'), env: process.env };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', file, ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

interface Template {
  readonly Resources: Record<string, { Type: string; Properties: { Timeout: number } }>;
}

function shortenPostToPart(assembly: string): void {
  const file = path.join(
    assembly,
    readdirSync(assembly).find((name) => /chat\.template\.json$/.test(name))!,
  );
  const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  const workers = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith('posttopart'),
  );
  expect(workers).toHaveLength(1);
  workers[0]![1].Properties.Timeout = TIMEOUT_SECONDS;
  writeFileSync(file, JSON.stringify(template));
}
