import { ListExecutionsCommand, ListMapRunsCommand, DescribeMapRunCommand } from '@aws-sdk/client-sfn';
import { sideBySide } from '../../handlers/chat/side-by-side';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed, planOf } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';

const MEMBERS = 300;

describe('a room of 300 real sockets with the thresholds turned down', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  let members: ChatClient[];

  beforeAll(async () => {
    runtime = await startTestRuntime({ context: { segmentSize: '40', inlineParts: '2', alerts: 'off' } });
    deployed = new Deployed(runtime.endpoint);
    // Nameless, because the others are told of everybody who has a name.
    members = await sideBySide(Array<string>(MEMBERS).fill(runtime.url), 20, (url) => connect(url));
  }, 120_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  }, 30_000);

  test('goes through the Distributed Map, one child execution a part, and everybody has the message once', async () => {
    const [sender, ...others] = members;
    sender!.send('{"action":"sendMessage","message":"to all of you"}');
    const { messageId } = await sender!.next({ ok: true });
    await Promise.all(others.map((member) => member.next({ messageId }, 30_000)));
    await eventually(async () =>
      expect(await deployed.rows('Outbox')).toEqual([expect.objectContaining({ state: 'closed' })]),
    );
    await runtime.stateMachines.idle();
    for (const member of others) expect(member.frames).toHaveLength(1);

    const plan = planOf(await deployed.rows('Deliveries'))!;
    expect(plan.tier).toBe('broadcast');
    const [execution] = await deployed.executions('broadcast');
    expect(execution).toMatchObject({ status: 'SUCCEEDED', name: `${String(messageId)}-1` });
    expect(JSON.parse(execution!.input!)).toEqual({ messageId, attempt: 1, alertOwed: false });

    const { mapRuns = [] } = await deployed.states.send(
      new ListMapRunsCommand({ executionArn: execution!.executionArn }),
    );
    expect(mapRuns).toHaveLength(1);
    const mapRun = await deployed.states.send(
      new DescribeMapRunCommand({ mapRunArn: mapRuns[0]!.mapRunArn }),
    );
    expect(mapRun).toMatchObject({
      status: 'SUCCEEDED',
      itemCounts: { total: plan.parts, succeeded: plan.parts },
    });
    const { executions: children = [] } = await deployed.states.send(
      new ListExecutionsCommand({ mapRunArn: mapRuns[0]!.mapRunArn }),
    );
    expect(children).toHaveLength(plan.parts);
    expect(plan.parts).toBeGreaterThan(4);
  }, 60_000);
});
