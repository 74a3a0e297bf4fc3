import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { compose } from '../../stacks/compose';
import { renderArn } from '../../stacks/constructs/listed-wildcards';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, string>>;
}

// CloudFormation's own rules take two seconds to load. app.test.ts runs the app with them.
process.env.CDK_VALIDATION = 'false';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** An app with the context of `cdk -c`, writing into a folder of its own that is deleted when the tests end. */
export function appWith(context: Readonly<Record<string, unknown>> = {}): App {
  const outdir = mkdtempSync(path.join(tmpdir(), 'parley-synth-'));
  folders.push(outdir);
  return new App({ outdir, context: { 'aws:cdk:enable-path-metadata': true, ...context } });
}

/** The stacks, synthesized. Without a page for browsers there are no templates of the web. */
export function synthesize(context: Readonly<Record<string, unknown>> = {}) {
  const { data, chat, web, webFiles } = compose(appWith(context));
  const templates = [web, webFiles].flatMap((stack) => (stack === undefined ? [] : [stack]));
  return {
    data: new StackTemplate(Template.fromStack(data)),
    chat: new StackTemplate(Template.fromStack(chat)),
    web: templates.map((stack) => new StackTemplate(Template.fromStack(stack))),
  };
}

/** A template, addressed by the ids that the code gives its constructs. */
export class StackTemplate {
  constructor(readonly template: Template) {}

  get resources(): [string, Resource][] {
    return Object.entries(this.template.toJSON().Resources as Record<string, Resource>);
  }

  /** Path of a resource below its stack, without the ending `/Resource`. */
  path(logicalId: string): string {
    const found =
      this.resources.find(([id]) => id === logicalId)?.[1].Metadata?.['aws:cdk:path'] ?? logicalId;
    return found.replace(/^[^/]*\//, '').replace(/\/Resource$/, '');
  }

  /** Properties of the resource of this type whose path ends with `construct`. */
  properties(type: string, construct: string): Record<string, unknown> {
    const found = this.resources.filter(
      ([id, resource]) => resource.Type === type && `/${this.path(id)}`.endsWith(`/${construct}`),
    );
    if (found.length !== 1)
      throw new Error(`${found.length} resources of type ${type} are called ${construct}`);
    return { ...found[0]?.[1].Properties };
  }

  /** A reference or ARN as one line, logical ids replaced by paths: `<post-to-part/logs.Arn>`. */
  render(value: unknown): string {
    return renderArn(value).replace(/<(\w+)(\.\w+)?>/g, (_, id: string, attribute = '') =>
      id.startsWith('AWS') ? `<${id}>` : `<${this.path(id)}${attribute}>`,
    );
  }
}
