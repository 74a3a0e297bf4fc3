import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import cdk from '../../cdk.json';
import { compose } from '../../stacks/compose';
import { appWith } from './synthesized';

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly unknown[];
    readonly suppressedViolations: readonly { readonly ruleName: string; readonly reason: string }[];
  }[];
}

/** Runs the app line of cdk.json as the CDK CLI does. CloudFormation's own rules apply, too. */
function runApp(outdir: string, context: Readonly<Record<string, unknown>> = {}) {
  const environment = Object.entries(process.env).filter(([name]) => !/^(NODE_ENV|CDK_)/.test(name));
  return spawnSync(cdk.app, {
    shell: true,
    cwd: path.join(__dirname, '../..'),
    encoding: 'utf8',
    env: {
      ...Object.fromEntries(environment),
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:enable-path-metadata': true, ...cdk.context, ...context }),
    },
  });
}

describe('the app', () => {
  let outdir: string;
  beforeAll(() => {
    outdir = mkdtempSync(path.join(tmpdir(), 'parley-app-'));
  });
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  test('passes the rules of CloudFormation and of cdk-nag, each exception with its reason', () => {
    const { status, stderr } = runApp(outdir);
    expect([status, stderr]).toEqual([0, '']);
    const text = readFileSync(path.join(outdir, 'validation-report.json'), 'utf8');
    const { pluginReports } = JSON.parse(text) as Report;
    for (const { violations } of pluginReports) expect(violations).toEqual([]);
    const exceptions = pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations);
    const rules = new Set(exceptions.map(({ ruleName }) => ruleName.replace(/\[.*/, '')));
    expect([...rules].sort()).toEqual([
      'AwsSolutions-APIG4',
      ...['AwsSolutions-CFR1', 'AwsSolutions-CFR2', 'AwsSolutions-CFR3', 'AwsSolutions-CFR4'],
      ...['AwsSolutions-COG2', 'AwsSolutions-COG8'],
      ...['AwsSolutions-IAM4', 'AwsSolutions-IAM5', 'AwsSolutions-L1', 'AwsSolutions-S1'],
      'AwsSolutions-SQS3',
    ]);
    for (const { reason } of exceptions) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('gives the same templates each time and everywhere, so that a start can reuse the last ones', () => {
    const app = appWith({ ...cdk.context });
    compose(app);
    for (const { stackName, template } of app.synth().stacks) {
      const other = readFileSync(path.join(outdir, `${stackName}.template.json`), 'utf8');
      expect(template).toEqual(JSON.parse(other));
    }
  });

  test('says what is wrong with its settings in plain lines, and writes nothing', () => {
    const nowhere = path.join(outdir, 'none');
    const { status, stderr } = runApp(nowhere, { inlineParts: '0', acces: 'iam' });
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'there is no setting acces; did you mean access?',
      'setting inlineParts must be a whole number from 1 to 40, but is "0"',
    ]);
    expect(existsSync(path.join(nowhere, 'manifest.json'))).toBe(false);
  });
});
