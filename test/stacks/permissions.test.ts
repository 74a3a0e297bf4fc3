import { functions } from '../../handlers/wiring';
import type { FunctionWiring } from '../../handlers/wiring/row';
import { listedWildcards } from '../../stacks/constructs/listed-wildcards';
import { synthesize, type StackTemplate } from './synthesized';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: { readonly ArnEquals?: Readonly<Record<string, unknown>> };
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** All statements of a template, wherever they stand: policies of roles, of queues, of topics, and trust. */
function statementsOf(node: unknown): Statement[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('Effect' in node && 'Action' in node) return [node as Statement];
  return Object.values(node).flatMap(statementsOf);
}

describe('the permissions', () => {
  let data: StackTemplate;
  let chat: StackTemplate;
  let web: StackTemplate[];
  beforeAll(() => {
    ({ data, chat, web } = synthesize());
  });

  /** `Outbox.Arn` for what the data stack exports of it; what cannot be resolved stays as it is. */
  const imported = (rendered: string) =>
    rendered.replace(/\{"Fn::ImportValue":"([^"]+)"\}/g, (whole, name: string) => {
      const output = Object.values(data.template.findOutputs('*')).find(
        ({ Export }) => Export?.Name === name,
      );
      return output === undefined ? whole : data.render(output.Value);
    });
  /** The ARN of a log group ends in `:*`, although the template does not show it. */
  const resources = (stack: StackTemplate, statement: Statement) =>
    list(statement.Resource ?? []).map((resource) =>
      imported(stack.render(resource)).replace(/^<(.*logs)\.Arn>$/, '<$1.Arn>:*'),
    );
  /** What a role may do: `dynamodb:GetItem <Outbox.Arn>`, one line for each action and resource. */
  const grants = (role: string) =>
    chat.resources
      .filter(
        ([, { Type, Properties }]) =>
          Type === 'AWS::IAM::Policy' &&
          list(Properties.Roles).some((each) => chat.render(each) === `<${role}>`),
      )
      .flatMap(([, { Properties }]) => statementsOf(Properties))
      .flatMap((statement) => {
        expect(statement.Effect).toBe('Allow');
        return list(statement.Action).flatMap((action) =>
          resources(chat, statement).map((resource) => `${action} ${resource}`),
        );
      })
      .sort();

  const unlistedWildcards = (stack: StackTemplate, statements: Statement[]) =>
    statements
      // A Deny takes away, and says "everything" on purpose: no access without TLS.
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) => {
        const actions = list(statement.Action);
        const listed = Object.values(listedWildcards).some(
          (wildcard) =>
            actions.every((action) => wildcard.actions.some((each) => each === action)) &&
            resources(stack, statement).every((resource) => wildcard.resource.test(resource)),
        );
        const open = [...actions, ...resources(stack, statement), JSON.stringify(statement.Principal ?? '')];
        return open.some((each) => each.includes('*')) && !listed ? [JSON.stringify(statement)] : [];
      });

  const ARN = 'arn:<AWS::Partition>';
  const PLACE = '<AWS::Region>:<AWS::AccountId>';
  const sockets = (method: string) =>
    `execute-api:ManageConnections ${ARN}:execute-api:${PLACE}:<websocket/api>/dev/${method}/@connections/*`;
  const traces = ['xray:PutTelemetryRecords *', 'xray:PutTraceSegments *'];

  test.each(Object.entries<FunctionWiring>(functions))(
    'S1, least privilege; S2, a role for the Lambda: of %s are those of its wiring row',
    (name, row) => {
      const expected = [
        `logs:CreateLogStream <${name}/logs.Arn>:*`,
        `logs:PutLogEvents <${name}/logs.Arn>:*`,
        ...traces,
        ...Object.entries(row.tables ?? {}).flatMap(([table, actions]) =>
          actions.map((action) => `dynamodb:${action} <${table}.Arn>`),
        ),
        ...Object.entries(row.indexes ?? {}).flatMap(([table, indexes]) =>
          indexes.map((index) => `dynamodb:Query <${table}.Arn>/index/${index}`),
        ),
        ...(row.publishes ? ['events:PutEvents <bus.Arn>'] : []),
        ...(row.alerts ? ['sns:Publish <agents>'] : []),
        ...(row.sockets ?? []).map(sockets),
        ...(row.keepsFailedEvents ? ['sqs:SendMessage <undeliverable-events/undeliverable-events.Arn>'] : []),
      ];
      expect(grants(`${name}/role`)).toEqual(expected.sort());
    },
  );

  test('let the broadcast start and watch the children of its own map, and nobody else’s', () => {
    expect(grants('broadcast/role').filter((grant) => grant.startsWith('states:'))).toEqual([
      `states:DescribeExecution ${ARN}:states:${PLACE}:execution:<broadcast/broadcast.Name>:*`,
      'states:StartExecution <broadcast/broadcast>',
      `states:StopExecution ${ARN}:states:${PLACE}:execution:<broadcast/broadcast.Name>:*`,
    ]);
  });

  test('let the fan-out invoke its steps, close entries, park failures and start the broadcast', () => {
    const wildcard = / \*$/;
    expect(grants('fan-out/role').filter((grant) => !wildcard.test(grant))).toEqual(
      [
        'dynamodb:UpdateItem <Outbox.Arn>',
        'dynamodb:UpdateItem <Rooms.Arn>',
        ...['alert-agents', 'announce', 'archive', 'claim-and-plan', 'post-to-part', 'prune-part'].map(
          (name) => `lambda:InvokeFunction <${name}/${name}.Arn>`,
        ),
        'sqs:SendMessage <failed-fanouts/failed-fanouts.Arn>',
        'states:StartExecution <broadcast/broadcast>',
      ].sort(),
    );
  });

  test('let the bus start the fan-out and nothing else', () => {
    expect(grants('fan-out/fan-out/EventsRole')).toEqual(['states:StartExecution <fan-out/fan-out>']);
  });

  test('let only the rules put events into the queues', () => {
    const senders = chat.resources
      .filter(([, { Type }]) => Type === 'AWS::SQS::QueuePolicy')
      .flatMap(([, { Properties }]) => statementsOf(Properties))
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) => {
        expect(statement.Principal).toEqual({ Service: 'events.amazonaws.com' });
        const rule = chat.render(statement.Condition?.ArnEquals?.['aws:SourceArn']);
        return resources(chat, statement).map((queue) => `${rule} → ${queue}`);
      });
    expect(senders.sort()).toEqual([
      '<close-revoked-connections.Arn> → <undeliverable-events/undeliverable-events.Arn>',
      '<fan-out-messages-and-notices.Arn> → <undeliverable-events/undeliverable-events.Arn>',
      '<queue-parked-fan-outs.Arn> → <failed-fanouts/failed-fanouts.Arn>',
      '<queue-parked-fan-outs.Arn> → <undeliverable-events/undeliverable-events.Arn>',
    ]);
  });

  test('S2, a role for the Lambda; S4, hand-written IAM: hold no wildcard that is not listed with its reason', () => {
    expect(unlistedWildcards(data, statementsOf(data.template.toJSON()))).toEqual([]);
    expect(unlistedWildcards(chat, statementsOf(chat.template.toJSON()))).toEqual([]);
    for (const template of web) {
      expect(unlistedWildcards(template, statementsOf(template.template.toJSON()))).toEqual([]);
    }
  });

  test('need every wildcard on the list, so that it does not outgrow its use', () => {
    const used = [chat, ...web]
      .flatMap(({ template }) => statementsOf(template.toJSON()))
      .flatMap(({ Action }) => list(Action));
    expect(used).toEqual(
      expect.arrayContaining(Object.values(listedWildcards).flatMap(({ actions }) => [...actions])),
    );
  });

  test.each([
    ['an action', { Effect: 'Allow', Action: 'dynamodb:*', Resource: 'arn:aws:dynamodb:x:y:table/z' }],
    [
      'a resource',
      { Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource: 'arn:aws:dynamodb:x:y:table/*' },
    ],
    ['all resources', { Effect: 'Allow', Action: ['xray:PutTraceSegments', 's3:GetObject'], Resource: '*' }],
    [
      'all sockets of all stages',
      { Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: '*' },
    ],
    ['anybody', { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:q', Principal: { AWS: '*' } }],
  ])('are caught by these tests when they mean %s', (_, planted) => {
    const template = { Resources: { Planted: { Properties: { PolicyDocument: { Statement: [planted] } } } } };
    expect(unlistedWildcards(chat, statementsOf(template))).toHaveLength(1);
  });

  test('refuse queues and the topic to anybody without TLS', () => {
    const refusals = statementsOf(chat.template.toJSON()).filter(({ Effect }) => Effect === 'Deny');
    expect(refusals.flatMap((statement) => resources(chat, statement)).sort()).toEqual([
      '<agents>',
      '<alarms>',
      '<failed-fanouts/failed-fanouts.Arn>',
      '<undeliverable-events/undeliverable-events.Arn>',
    ]);
  });
});
