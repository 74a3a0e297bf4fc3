import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { erasePerson, type Receipt } from '../../bin/operations/erase';
import { exportPerson, type Export } from '../../bin/operations/export';
import { findInstallation, type Installation } from '../../bin/operations/installation';
import { ERASED_USER } from '../../handlers/chat/personal-data/personal-rows';
import { tables } from '../../handlers/tables';
import type { Runtime } from '../../local/runtime';
import { entriesOf } from '../../stacks/constructs/records';
import { connect, UpgradeRefused } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { idOf, peopleAt, type Person, type Reply } from '../support/people';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';
import { temporaryFolder } from '../support/temporary-folder';

/** In all that the person says and is called, and nowhere else. */
const CANARY = 'canary-of-carla';
const PATIENCE = { timeout: 20_000, interval: 50 };

describe('a person who is exported and then erased', () => {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  const file = path.join(folder, 'carla.json');
  let runtime: Runtime;
  let deployed: Deployed;
  let installation: Installation;
  const { person, goodbye } = peopleAt(() => runtime.url);
  let carla: Person;
  let bob: Person;
  let carlaId: string;
  let bobId: string;
  let clubId: string;
  let directId: string;
  let before: Reply;
  let exported: Export;
  let receipt: Receipt | undefined;
  const told: string[] = [];
  const stream: number[] = [];

  const say = (who: Person, fields: object) => who.ask('sendMessage', fields);
  const historyOf = (roomId: string) => bob.ask('history', { roomId });

  /** What a crash or a lost $disconnect leaves of somebody. */
  async function leaveBehind(): Promise<void> {
    const { TableNames = [] } = await deployed.dynamodb.send(new ListTablesCommand({}));
    const put = (table: string, row: Record<string, unknown>) =>
      deployed.dynamodb.send(
        new PutItemCommand({
          TableName: TableNames.find((name) => new RegExp(`-${table}[0-9A-F]{8}`).test(name)),
          Item: marshall({ ...row, expiresAt: Math.floor(Date.now() / 1000) + 3600 }),
        }),
      );
    const openedAt = Date.now() - 120_000;
    await put('Connections', {
      connectionId: 'left=',
      userId: carlaId,
      name: CANARY,
      rooms: new Set([clubId]),
      ...{ openedAt, seenAt: openedAt, expiresAt: Math.floor(openedAt / 1000) + 7800 },
    });
    // In the room's partition alone, where whoever closes connections does not look.
    await put('Audience', { partition: clubId, slot: 'f'.repeat(32), connectionId: 'x=', userId: carlaId });
    await put('Tickets', { ticketHash: 'hash', userId: carlaId, name: CANARY });
    await put('Limits', { subject: `user.${carlaId}`, usedUntil: 1 });
    await put('Dedupe', {
      sent: `${carlaId}#unfinished`,
      body: 'hash',
      reservedBy: 'a',
      reservedAt: openedAt,
    });
  }

  beforeAll(async () => {
    runtime = await startTestRuntime({ data });
    deployed = new Deployed(runtime.endpoint);
    installation = await findInstallation({ endpoint: runtime.endpoint });
    carla = await person(CANARY, { room: 'lobby', secret: `${CANARY}-secret` });
    bob = await person('Bob', { room: 'lobby' });
    [carlaId, bobId] = [await idOf(carla), await idOf(bob)];

    const club = await carla.ask('joinRoom', { room: 'club' });
    clubId = String(club.roomId);
    await bob.ask('joinRoom', { room: 'club' });
    const first = await say(carla, { room: 'club', message: `one ${CANARY}`, clientMessageId: 'club-1' });
    await say(bob, { room: 'club', message: 'two of Bob' });
    await say(carla, { room: 'lobby', message: `in the lobby ${CANARY}` });
    await eventually(async () => {
      const edit = { roomId: clubId, messageId: first.messageId, message: `edited ${CANARY}` };
      expect(await carla.ask('editMessage', edit)).toMatchObject({ ok: true });
    }, PATIENCE);
    await say(bob, { room: 'club', message: 'four of Bob' });
    const whispered = await carla.ask('sendPrivate', { to: bobId, message: `whispered ${CANARY}` });
    directId = String(whispered.roomId);
    await bob.ask('sendPrivate', { to: carlaId, message: 'whispered back' });
    await carla.ask('createMeeting', {
      data: { group_name: 'meeting', user_name: CANARY, email: `${CANARY}@example.com` },
    });
    before = await say(bob, { room: 'club', message: 'before the erasure' });
    await eventually(async () => {
      const states = (await deployed.rows('Outbox')).map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(['closed']));
    }, PATIENCE);

    await leaveBehind();
    await exportPerson({ person: CANARY, file }, installation, (line) => told.push(line));
    exported = JSON.parse(readFileSync(file, 'utf8')) as Export;
    await erasePerson({ person: CANARY, confirmed: false }, installation, (line) => told.push(line));
    expect(await deployed.executions('erase-person')).toEqual([]);
    receipt = await erasePerson({ person: CANARY, confirmed: true }, installation, () => {});
  }, 120_000);
  afterAll(async () => {
    goodbye();
    installation.close();
    deployed.close();
    await runtime.close();
  });

  test('was exported with name, memberships, rooms and every message with its room', () => {
    const { userId, stored } = exported;
    expect(userId).toBe(carlaId);
    expect(stored.Users).toMatchObject([{ userId, name: CANARY }]);
    expect(stored.Members).toHaveLength(4);
    expect(stored.ChatHistory).toHaveLength(4);
    expect(JSON.stringify(stored.ChatHistory)).toContain(`whispered ${CANARY}`);
    expect(stored.ChatHistory).toContainEqual(
      expect.objectContaining({ room: 'club', seq: 1, body: { text: `edited ${CANARY}` } }),
    );
    expect(JSON.stringify(stored.Outbox)).toContain(`one ${CANARY}`);
    expect(JSON.stringify(stored.Rooms)).toContain(`${CANARY}@example.com`);
    expect(stored.Connections).toHaveLength(2);
    expect(stored.Tickets).toHaveLength(1);
    // One for what they say, one for their other commands, and one for how often they connect.
    expect(stored.Limits).toHaveLength(3);
    // Text and names are for the file alone, which nobody else can read.
    expect(told.join('\n')).not.toContain(CANARY);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('was told of first, with numbers, and only --yes began it', () => {
    expect(told.join('\n')).toMatch(/There is stored of them: rows: 1 of Users, 4 of ChatHistory/);
    expect(told.at(-1)).toContain('add --yes');
  });

  test('is in no table any more, neither by name, word nor id, but for the note that signs them out', async () => {
    const holding = await Promise.all(
      entriesOf(tables).map(async ([table]) => {
        const rows = await deployed.rows(table);
        const left = rows.filter((row) => table !== 'Users' || row.userId !== carlaId);
        const text = JSON.stringify(left, (_, value: unknown) => (value instanceof Set ? [...value] : value));
        return [CANARY, carlaId].some((canary) => text.includes(canary)) ? [table] : [];
      }),
    );
    expect(holding.flat()).toEqual([]);
    const [note] = (await deployed.rows('Users')).filter(({ userId }) => userId === carlaId);
    expect(Object.keys(note!).sort()).toEqual(['expiresAt', 'name', 'signedOutAt', 'userId']);
    expect(note!.name).toBe('');
  });

  test('was disconnected', async () => {
    await carla.client.closed;
  });

  test('has a receipt of numbers that names the execution', async () => {
    const [execution] = await deployed.executions('erase-person');
    expect(receipt).toMatchObject({
      userIdSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      // The rows that were left behind are for the second pass, so the third is the clean one.
      passes: 3,
      rows: { Users: 1, ChatHistory: 4, Outbox: 0, Tickets: 1, Limits: 3, Audience: 1 },
      executionArn: execution!.executionArn,
    });
    const seen = JSON.stringify([receipt, execution, await deployed.history(execution!.executionArn!)]);
    expect(seen).not.toContain(CANARY);
    expect(JSON.stringify(receipt)).not.toContain(carlaId);
  });

  test('leaves the others a room without a hole, in which their own words stand', async () => {
    const page = await historyOf(clubId);
    const messages = page.messages as { seq: number; type: string; message?: string; reason?: string }[];
    expect(messages.map(({ seq, type, message, reason }) => [seq, type, message ?? reason])).toEqual([
      [1, 'tombstone', 'deleted'],
      [2, 'message', 'two of Bob'],
      [3, 'tombstone', 'deleted'],
      [4, 'message', 'four of Bob'],
      [5, 'message', 'before the erasure'],
    ]);
    const resumed = await bob.ask('resume', { rooms: { [clubId]: { epoch: before.epoch, seq: 0 } } });
    const { recovered, messages: again } = (
      resumed.rooms as Record<string, { recovered: boolean; messages: { seq: number }[] }>
    )[clubId]!;
    expect(recovered).toBe(true);
    stream.push(...again.map(({ seq }) => seq));
    const next = await say(bob, { room: 'club', message: 'life goes on' });
    expect([...stream, next.seq]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('leaves the other of two a direct room that is closed and can still be read', async () => {
    const page = await historyOf(directId);
    const messages = page.messages as { type: string; message?: string }[];
    expect(messages.map(({ type, message }) => message ?? type)).toEqual(['tombstone', 'whispered back']);
    expect(await say(bob, { roomId: directId, message: 'still there?' })).toMatchObject({ ok: false });
    expect(
      (await deployed.rows('Rooms')).filter((row) => JSON.stringify(row).includes(ERASED_USER)),
    ).toHaveLength(1);
  });

  test('loses the account in the user pool too, and cannot come in with a token that is still valid', async () => {
    const pool = new UserPool(runtime);
    await pool.add('dora', ['agents']);
    const headers = { Authorization: `Bearer ${await pool.signIn('dora')}` };
    const dora = await connect(runtime.url, { headers });
    dora.send({ action: 'hello', id: 'h' });
    const { userId } = await dora.next({ id: 'h' });
    dora.send({ action: 'createRoom', id: 'r', name: 'dorm' });
    const { roomId } = await dora.next({ id: 'r' });
    await bob.ask('joinRoom', { roomId });
    const copy = path.join(folder, 'dora.json');
    await exportPerson({ person: 'dora', file: copy }, installation, () => {});
    const { account } = JSON.parse(readFileSync(copy, 'utf8')) as { account: unknown };
    expect(account).toMatchObject({ Username: 'dora' });
    await erasePerson({ person: String(userId), confirmed: true }, installation, () => {});
    await dora.closed;
    await expect(pool.signIn('dora')).rejects.toThrow();
    await expect(connect(runtime.url, { headers })).rejects.toThrow(UpgradeRefused);
    expect(JSON.stringify(await deployed.rows('Users'))).not.toContain('dora');
    pool.close();
    const members = (await deployed.rows('Members')).filter((member) => member.roomId === roomId);
    expect(members).toMatchObject([{ userId: bobId, role: 'owner' }]);
  }, 60_000);

  test('took every grant of the functions that erase', () => {
    const unused = runtime.iam
      .usage()
      .filter(({ users }) => users.some((user) => /erase|revoke-access/.test(user)))
      .filter(({ checked, used }) => checked && !used)
      .map(({ action, users }) => `${users.join()} ${action}`);
    expect(unused).toEqual([]);
  });

  test('can be erased again, which finds nothing and says so', async () => {
    const lines: string[] = [];
    await erasePerson({ person: carlaId, confirmed: false }, installation, (line) => lines.push(line));
    expect(lines).toContain('There is stored of them: nothing.');
    await expect(erasePerson({ person: CANARY, confirmed: false }, installation, () => {})).rejects.toThrow(
      'Nobody goes by the name',
    );
  });
});
