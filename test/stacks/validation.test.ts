import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { compose } from '../../stacks/compose';
import { bundleFunctions } from '../../stacks/constructs/bundled-functions';
import { readDefinition } from '../../stacks/constructs/workflow-definition';
import { appWith } from './synthesized';

describe('a synthesis', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'parley-validation-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (text: string) => {
    const name = path.join(folder, 'some.asl.json');
    writeFileSync(name, text);
    return name;
  };

  test('warns that anybody may connect where guests may, and only there', () => {
    const warned = (access: string) =>
      compose(appWith({ access }))
        .chat.node.metadata.filter(({ type }) => type === 'aws:cdk:warning')
        .map(({ data }) => data as string);
    expect(warned('guests')).toEqual([expect.stringContaining('anybody who knows the address may connect')]);
    expect([...warned('cognito'), ...warned('iam')]).toEqual([]);
  });

  test('fails on a finding of cdk-nag that nobody has acknowledged', () => {
    const app = appWith();
    const { chat } = compose(app);
    const role = new Role(chat, 'planted', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5\[Resource::\*\]/);
  });

  test('fails on a placeholder that nothing fills, because AWS would take it for text', () => {
    const definition = file('{"FunctionName":"${PostToPart}","QueueUrl":"${FailedFanoutsQueue}"}');
    expect(() => readDefinition(definition, { wired: { PostToPart: 'arn' }, settings: {} })).toThrow(
      `${definition}: nothing fills \${FailedFanoutsQueue}; its row in handlers/wiring.ts does not name it`,
    );
  });

  test('fails on a step that a workflow is wired to but never takes, because it would keep its permission', () => {
    const definition = file('{"FunctionName":"${PostToPart}"}');
    const wired = { PostToPart: 'arn', PrunePart: 'arn' };
    expect(() => readDefinition(definition, { wired, settings: {} })).toThrow(
      `${definition}: \${PrunePart} is not used, but its row in handlers/wiring.ts asks for it`,
    );
  });

  test('hands a workflow only the settings that it uses', () => {
    const definition = file('{"Seconds":"{% ${OutboxSeconds} %}"}');
    const settings = { OutboxSeconds: '86400', LedgerSeconds: '1' };
    expect(readDefinition(definition, { wired: {}, settings }).substitutions).toEqual({
      OutboxSeconds: '86400',
    });
  });

  test('names every entry point that is missing', () => {
    const entries = { connect: 'websocket/connect.ts', archive: 'fan-out/archive.ts' };
    expect(() => bundleFunctions(entries, folder, folder)).toThrow(
      new Error(
        [
          'handlers/websocket/connect.ts does not exist, but is the entry of connect in handlers/wiring.ts',
          'handlers/fan-out/archive.ts does not exist, but is the entry of archive in handlers/wiring.ts',
        ].join('\n'),
      ),
    );
  });
});
