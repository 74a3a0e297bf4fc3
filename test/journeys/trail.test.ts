import { tables } from '../../handlers/tables';
import { entriesOf } from '../../stacks/constructs/records';
import type { Runtime } from '../../local/runtime';
import { connect } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { functionLogLines } from '../support/function-logs';
import { startTestRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Found nowhere but where it belongs. */
const CANARY = 'canary-7f3a-yellow-feathers';
const NAME_CANARY = 'Canaryname';
/** The services that work for one message in a room that its agents are alerted of. */
const HOPS = ['API Gateway', 'CloudWatch Logs', 'DynamoDB', 'EventBridge', 'Lambda', 'SNS', 'Step Functions'];

describe('the trail of one message, read with the unmodified AWS SDK', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  const folder = temporaryFolder();
  let messageId: string;

  beforeAll(async () => {
    runtime = await startTestRuntime({ data: folder, context: { alertPreviewCharacters: '0' } });
    deployed = new Deployed(runtime.endpoint);
    const sender = await connect(`${runtime.url}?name=${NAME_CANARY}`);
    const reader = await connect(`${runtime.url}?name=Reader`);
    sender.send({ action: 'sendMessage', message: CANARY });
    messageId = (await sender.next({ ok: true })).messageId as string;
    await reader.next({ type: 'message', message: CANARY });
    // Refused frames must leave no text behind either.
    sender.send(`{"action":"sendMessage","message":"${CANARY}"`);
    await sender.next({ ok: false });
    sender.send({ action: CANARY, message: CANARY });
    await sender.next({ ok: false });
    await eventually(async () =>
      expect(await deployed.rows('Outbox')).toEqual([expect.objectContaining({ state: 'closed' })]),
    );
    await runtime.stateMachines.idle();
  }, 60_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  });

  test('S4, rows and logs: its outbox row is closed, has an expiry now and is out of the sweep’s index', async () => {
    const [row] = await deployed.rows('Outbox');
    expect(row).toMatchObject({ seq: 1, body: { text: CANARY }, state: 'closed', attempt: 1 });
    expect(row).toHaveProperty('expiresAt');
    expect(row).not.toHaveProperty('openShard');
    expect(row).not.toHaveProperty('dueAt');
  });

  test('its ChatHistory row keeps it and the room’s head covers it', async () => {
    expect(await deployed.rows('ChatHistory')).toEqual([
      expect.objectContaining({ seq: 1, body: { text: CANARY }, sender: NAME_CANARY }),
    ]);
    expect(await deployed.rows('Rooms')).toEqual([expect.objectContaining({ name: 'lobby', head: 1 })]);
  });

  test('its ledger has one finished part with the plan and one recipient, the other member', async () => {
    const rows = await deployed.rows('Deliveries');
    expect(rows.map(({ part }) => part)).toEqual(['00000.001']);
    const record = rows[0]!;
    expect(record.plan).toMatchObject({ tier: 'inline', parts: 1, size: 2 });
    expect(record).toMatchObject({ messageId, finished: true, gone: [], failed: [] });
    expect(record.posted).toHaveLength(1);
    expect(record.posted[0]).toHaveLength(10);
  });

  test('its Express execution shows the event as input, its states by their names, and its output', async () => {
    const executions = await deployed.fanOuts();
    expect(executions).toHaveLength(1);
    const [execution] = executions;
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const event = JSON.parse(execution!.input!);
    expect(event).toMatchObject({ source: 'parley', 'detail-type': 'MessageAccepted' });
    expect(event.detail).toEqual({ messageId, roomId: messageId.split('.')[0], seq: 1, attempt: 0 });
    expect(JSON.parse(execution!.output!)).toEqual({ messageId });
    const states = await deployed.statesEntered(execution!.executionArn!);
    for (const state of [
      'Claim and plan',
      'Keep it in ChatHistory',
      'Alert the agents',
      'Post to part',
      'Close the outbox entry',
    ]) {
      expect(states).toContain(state);
    }
  });

  test('S1, logs and X-Ray: one message id finds its log lines and its trace across all hops', async () => {
    const found = await functionLogLines(messageId, { endpoint: runtime.endpoint });
    const lines = found.map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);
    expect(lines.map(({ event }) => event).sort()).toEqual(['accepted', 'alerted', 'claimed', 'posted']);
    const [execution] = await deployed.fanOuts();
    const trace = execution!.traceHeader!.replace('Root=', '');
    expect(trace).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(lines.map((line) => line.trace)).toEqual(lines.map(() => trace));
    // What the meter saw with this trace: each hop that a message takes carries it on.
    const answer = await fetch(`${runtime.endpoint}/billing?trace=${trace}`);
    const { services } = (await answer.json()) as { services: Record<string, unknown> };
    expect(Object.keys(services).sort()).toEqual(HOPS);
  });

  test('S0, encryption: the text is in two tables and the name in four, and neither in an execution, event, queue or log', async () => {
    const executions = [
      ...(await deployed.executions('fan-out')),
      ...(await deployed.executions('broadcast')),
    ];
    const histories = await Promise.all(executions.map((one) => deployed.history(one.executionArn!)));
    const seen = JSON.stringify({ executions, histories });
    expect(seen).toContain(messageId);
    for (const canary of [CANARY, NAME_CANARY]) expect(seen).not.toContain(canary);

    // Tables: text in these two alone; the name also where it is looked up.
    const holding = async (canary: string) => {
      const holds = await Promise.all(
        entriesOf(tables).map(async ([table]) =>
          JSON.stringify(await deployed.rows(table)).includes(canary) ? [table] : [],
        ),
      );
      return holds.flat();
    };
    expect(await holding(CANARY)).toEqual(['Outbox', 'ChatHistory']);
    expect(await holding(NAME_CANARY)).toEqual(['Connections', 'Users', 'Outbox', 'ChatHistory']);

    // Files of queues, logs and executions: neither. An alert names its sender on purpose.
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
    const holdingFiles = (text: string) =>
      new Set(files.filter((file) => readFileSync(path.join(folder, file)).includes(text)).map(topFolder));
    expect([...holdingFiles(CANARY)]).toEqual(['tables']);
    expect([...holdingFiles(NAME_CANARY)].sort()).toEqual(['tables', 'topics']);
    expect(holdingFiles(messageId)).toContain('logs');
    expect(holdingFiles(messageId)).toContain('executions');
  });
});

const topFolder = (file: string) => file.split(path.sep)[0]!;
