import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { compose } from '../../stacks/compose';
import { bundleFunctions } from '../../stacks/constructs/bundled-functions';
import { readDefinition } from '../../stacks/constructs/workflow-definition';
import { appWith } from './synthesized';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: string;
    readonly violations: readonly unknown[];
    readonly suppressedViolations: readonly { readonly ruleName: string; readonly reason: string }[];
  }[];
}

const strict = { '@aws-cdk/core:validateAgainstDefaultRules': true };

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

  test('passes the rules of CloudFormation and of cdk-nag, each exception with its reason', () => {
    const app = appWith(strict);
    compose(app);
    const { directory } = app.synth();
    const report = JSON.parse(readFileSync(path.join(directory, 'validation-report.json'), 'utf8')) as Report;
    expect(report.pluginReports.map(({ pluginName }) => pluginName).sort()).toEqual(
      expect.arrayContaining(['AwsSolutions', 'CloudFormation Validate']),
    );
    for (const { conclusion, violations } of report.pluginReports) {
      expect([conclusion, violations]).toEqual(['success', []]);
    }
    const exceptions = report.pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations);
    const rules = exceptions.map(({ ruleName }) => ruleName.replace(/\[.*/, ''));
    expect([...new Set(rules)].sort()).toEqual([
      'AwsSolutions-APIG4',
      'AwsSolutions-IAM5',
      'AwsSolutions-SQS3',
    ]);
    for (const { reason } of exceptions) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('warns that anybody may connect, as long as access is for guests', () => {
    const app = appWith();
    const { chat } = compose(app);
    const warnings = chat.node.metadata
      .filter(({ type }) => type === 'aws:cdk:warning')
      .map(({ data }) => data as string);
    expect(warnings).toEqual([expect.stringContaining('anybody who knows the address may connect')]);
  });

  test('fails on a finding of cdk-nag that nobody has acknowledged', () => {
    const app = appWith(strict);
    const { chat } = compose(app);
    const role = new Role(chat, 'planted', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5\[Resource::\*\]/);
  });

  test('gives the same template and assets each time, so that a start can reuse the last one', () => {
    const templates = [appWith(), appWith()].map((app) => {
      process.env.CDK_VALIDATION = 'false';
      compose(app);
      return app.synth().stacks.map(({ template }) => template as unknown);
    });
    delete process.env.CDK_VALIDATION;
    expect(templates[0]).toEqual(templates[1]);
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
