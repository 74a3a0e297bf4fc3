import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject, type JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import { StartError } from '../start-error';

/** The CDK app ended with an error. `output` is what it had to say, for the person to read. */
export class SynthError extends StartError {
  override readonly name = 'SynthError';
  constructor(readonly output: string) {
    super('the synthesis failed; its messages are above');
  }
}

/**
 * The context that the app gets: that of cdk.json, cdk.context.json and `-c` (which wins), and what the CDK CLI adds.
 * Path metadata names the constructs for people; asset metadata is for tools that rebuild assets, and stack traces
 * cost a fifth of the synthesis.
 */
export function synthContext(root: string, given: Readonly<Record<string, string>>): JsonObject {
  return {
    ...readContext(path.join(root, 'cdk.context.json')),
    ...readContext(path.join(root, 'cdk.json'), 'context'),
    ...given,
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:enable-asset-metadata': false,
    'aws:cdk:bundling-stacks': ['**'],
    'aws:cdk:disable-stack-trace': true,
  };
}

/**
 * Runs the `app` command of cdk.json as the CDK CLI does, without a CLI: the app writes its assembly to `directory`.
 * Account and region are left out, so that the stacks stay free of an environment. CDK's own check of the templates
 * against CloudFormation's schemas is left to `npm run synth`: it takes 8 s of CPU, three quarters of a synthesis.
 * https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/toolkit-lib/lib/api/cloud-assembly/private/prepare-source.ts
 * @throws SynthError
 */
export async function synth(root: string, context: JsonObject, directory: string): Promise<void> {
  const app = readObject(path.join(root, 'cdk.json'))['app'];
  if (typeof app !== 'string') throw new Error('cdk.json names no app command');
  const environment = Object.entries(process.env).filter(([name]) => !/^(CDK_|AWS_)/.test(name));
  const child = spawn(app, {
    cwd: root,
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(environment),
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new SynthError(Buffer.concat(output).toString('utf8').trim());
}

function readContext(file: string, key?: string): JsonObject {
  const content = readObject(file);
  const context = key === undefined ? content : (content[key] ?? {});
  if (!isObject(context)) throw new Error(`${file} holds no context object`);
  return context;
}

/** Nothing when there is no such file. */
function readObject(file: string): JsonObject {
  if (!existsSync(file)) return {};
  const content = parseJson(readFileSync(file, 'utf8'));
  if (!isObject(content)) throw new Error(`${file} holds no JSON object`);
  return content;
}
