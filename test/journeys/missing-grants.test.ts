import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { MESSAGE_ACCEPTED } from '../../handlers/chat/events';
import type { Runtime } from '../../local/runtime';
import { OPERATOR } from '../../local/service';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { peopleAt } from '../support/people';
import { startTestRuntime, testAssembly } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** An action that a policy of the template loses, where the resource's JSON names this. */
interface Loss {
  /** How the logical id of the policy begins. */
  readonly policy: string;
  readonly action: string;
  readonly resource: string;
}

const listed = (value: string | string[]) => (Array.isArray(value) ? value : [value]);

/** The assembly with grants taken out of its chat stack; everything else is the same files. */
function without(assembly: string, losses: readonly Loss[]): string {
  const copy = temporaryFolder();
  const chat = readdirSync(assembly).find((name) => /-chat\.template\.json$/.test(name))!;
  for (const name of readdirSync(assembly)) {
    if (name !== chat) symlinkSync(path.join(assembly, name), path.join(copy, name));
  }
  const template = JSON.parse(readFileSync(path.join(assembly, chat), 'utf8')) as {
    Resources: Record<string, { Properties: { PolicyDocument: { Statement: Statement[] } } }>;
  };
  for (const { policy, action, resource } of losses) {
    const found = Object.entries(template.Resources)
      .filter(([id]) => id.startsWith(policy))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(
        (one) => listed(one.Action).includes(action) && JSON.stringify(one.Resource).includes(resource),
      );
    expect(found).toHaveLength(1);
    for (const one of found) {
      const others = listed(one.Action).filter((each) => each !== action);
      one.Action = others.length === 0 ? 'none:Whatsoever' : others;
    }
  }
  writeFileSync(path.join(copy, chat), JSON.stringify(template));
  return copy;
}

describe('where a grant is missing in the template, AWS says so, and so does this machine:', () => {
  let runtime: Runtime;
  let deployed: Deployed;
  const lines: string[] = [];
  const { person, goodbye } = peopleAt(() => runtime.url);

  beforeAll(async () => {
    const assembly = without(await testAssembly(), [
      { policy: 'sessionroleDefaultPolicy', action: 'dynamodb:UpdateItem', resource: 'AttUsers' },
      { policy: 'fanoutroleDefaultPolicy', action: 'lambda:InvokeFunction', resource: 'archive' },
      { policy: 'fanoutEventsRoleDefaultPolicy', action: 'states:StartExecution', resource: 'fanout' },
    ]);
    runtime = await startTestRuntime({ assembly, log: (line) => lines.push(line) });
    deployed = new Deployed(runtime.endpoint);
  }, 60_000);
  afterAll(async () => {
    goodbye();
    deployed.close();
    await runtime.close();
  });

  /** What the terminal was told of a role's call that was refused. */
  const refused = (role: string, action: string, resource: string) =>
    eventually(() =>
      expect(lines).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `ERROR AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/\\S+-${role}role[0-9A-F]{8}/local is not authorized to perform: ${action} on resource: arn:aws:\\S+${resource}[0-9A-F]{8} because no identity-based policy allows the ${action} action`,
            'i',
          ),
        ),
      ),
    );

  test('a function fails in what it may not do, and goes on with the rest', async () => {
    const { ask } = await person('Ann');
    expect(await ask('hello')).toMatchObject({ ok: true });
    expect(await ask('setName', { name: 'Anna' })).toMatchObject({ ok: false });
    await refused('session', 'dynamodb:UpdateItem', 'Users');
  });

  test('a rule hands its events to its dead-letter queue', async () => {
    const { ask } = await person('Bob');
    expect(await ask('sendMessage', { message: 'hi' })).toMatchObject({ ok: true });
    await refused('fanoutEvents', 'states:StartExecution', 'fanout');
    await eventually(async () => {
      const waiting = await deployed.queued('undeliverable-events');
      expect(waiting.join()).toContain(MESSAGE_ACCEPTED);
    });
  });

  test('a state machine fails in that state, with the error and the cause that AWS gives', async () => {
    const { ask } = await person('Cid');
    const { messageId, roomId, seq } = await ask('sendMessage', { message: 'hi' });
    const { stateMachineArn } = await machine('fanout');
    await deployed.states.send(
      new StartExecutionCommand({
        stateMachineArn,
        input: JSON.stringify({
          'detail-type': MESSAGE_ACCEPTED,
          source: 'parley',
          detail: { messageId, roomId, seq, attempt: 0 },
        }),
      }),
    );
    await refused('fanout', 'lambda:InvokeFunction', 'archive');
    await eventually(async () => {
      const [execution] = await deployed.fanOuts();
      const events = await deployed.history(execution!.executionArn!);
      const failures = events.flatMap(({ taskFailedEventDetails }) => taskFailedEventDetails ?? []);
      expect(failures).toContainEqual(
        expect.objectContaining({
          error: 'Lambda.AWSLambdaException',
          cause: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction') as string,
        }),
      );
    });
  });

  async function machine(id: string) {
    const { stateMachines } = await runtime.services.call('states', 'ListStateMachines', {}, OPERATOR);
    const all = stateMachines as { stateMachineArn: string }[];
    return all.find(({ stateMachineArn }) => new RegExp(`-${id}[0-9A-F]{8}$`).test(stateMachineArn))!;
  }
});
