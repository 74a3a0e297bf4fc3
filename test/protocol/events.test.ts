import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { busEvents, type BusEvent } from '../../bin/schemas/bus-events';
import { MessageCounts } from '../../docs/examples/consumer/message-counts';
import { EVENT_SOURCE } from '../../handlers/chat/events';
import { parseEventPattern } from '../../local/bus/event-pattern';
import type { JsonObject } from '../../local/json/json';
import { startRuntime } from '../../local/runtime';
import { ChatStack } from '../../stacks/chat-stack';
import { DataStack } from '../../stacks/data-stack';
import { readSettings } from '../../stacks/settings';
import { connect } from '../support/chat-client';
import { eventually } from '../support/eventually';

// CloudFormation's own rules take seconds to load, and Parley's own are not for the stacks of others.
process.env.CDK_VALIDATION = 'false';

const ROOT = path.join(__dirname, '..', '..');
const events = Object.entries<BusEvent>(busEvents);

describe('the contract of the bus', () => {
  test.each(events)('%s is what its example shows, with no field more or less', (_, { detail, example }) => {
    expect(detail.parse(example)).toEqual(example);
  });

  test.each(events)('%s carries ids, numbers and marks alone, never a text or a name', (_, { detail }) => {
    const fields = Object.keys(detail.shape);
    const allowed = /^(\w*[iI]d|seq|attempt|notice|reason|unannounced)$/;
    expect(fields.filter((field) => !allowed.test(field))).toEqual([]);
  });

  test('is on one page with the example of a consumer, which is the file that is tested here', () => {
    const page = readFileSync(path.join(ROOT, 'docs', 'events.md'), 'utf8');
    for (const [type] of events) expect(page).toContain(`### ${type}\n`);
    expect(page).toContain('new MessageCounts(app, ');
  });
});

describe('the consumer stack of the documents', () => {
  test('asks for MessageAccepted alone, keeps what it cannot handle, and may write its own table alone', () => {
    const template = Template.fromStack(
      new MessageCounts(new App(), 'message-counts', { busName: 'parley-bus' }),
    );
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'parley-bus',
      Targets: [{ DeadLetterConfig: Match.anyValue(), RetryPolicy: { MaximumEventAgeInSeconds: 3600 } }],
    });
    const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
    const matches = parseEventPattern(rule!.Properties.EventPattern as JsonObject);
    const matched = events.filter(([type, { example }]) =>
      matches({ source: EVENT_SOURCE, 'detail-type': type, detail: JSON.parse(JSON.stringify(example)) }),
    );
    expect(matched.map(([type]) => type)).toEqual(['MessageAccepted']);
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
    expect(policy!.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Action: 'dynamodb:UpdateItem' }),
    ]);
  });

  test('counts the messages of a room, running beside Parley', async () => {
    // Below the repository, because Lambda's own AWS SDK is here that of node_modules.
    mkdirSync(path.join(ROOT, '.parley'), { recursive: true });
    const outdir = mkdtempSync(path.join(ROOT, '.parley', 'consumer-'));
    const app = new App({ outdir, context: { access: 'guests' } });
    const settings = readSettings(app);
    const { tables, userPool, key } = new DataStack(app, 'parley-data', { settings });
    const chat = new ChatStack(app, 'parley-chat', { settings, tables, userPool, key });
    const bus = chat.node.findChild('bus') as EventBus;
    new MessageCounts(app, 'message-counts', { busName: bus.eventBusName });
    app.synth();
    const runtime = await startRuntime({ assembly: outdir, port: 0 });
    try {
      const george = await connect(`${runtime.url}?name=George`);
      for (const message of ['one', 'two', 'three']) {
        george.send({ message });
        await george.next({ ok: true });
      }
      const counts = async () => {
        const { TableNames } = await call(runtime.endpoint, 'ListTables', {});
        const TableName = (TableNames as string[]).find((name) => name.startsWith('message-counts'));
        const { Items } = await call(runtime.endpoint, 'Scan', { TableName });
        return Items;
      };
      await eventually(async () =>
        expect(await counts()).toEqual([expect.objectContaining({ messages: { N: '3' } })]),
      );
    } finally {
      await runtime.close();
      rmSync(outdir, { recursive: true, force: true });
    }
  }, 90_000);
});

/** One call of the running DynamoDB, as any client of AWS makes it. */
async function call(endpoint: string, action: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${action}` },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
}
