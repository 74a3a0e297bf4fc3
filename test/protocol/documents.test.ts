import { schemas } from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fillPage } from '../../bin/schemas/marked-page';
import { typeInWords } from '../../bin/schemas/type-words';
import { commands, type Command } from '../../handlers/chat/protocol/commands';
import { routes } from '../../handlers/wiring';

const ROOT = path.join(__dirname, '..', '..');
const readJson = (file: string) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as JsonObject;
type JsonObject = Record<string, unknown>;

describe('the catalogue of commands', () => {
  const catalogue = Object.entries<Command>(commands);

  test('S0, dispatch: has a route for each command that is to have one, and no route leads to an unknown command', () => {
    const own = catalogue.filter(([, { route }]) => route === 'own').map(([action]) => action);
    const wired = Object.keys(routes).filter((key) => !key.startsWith('$'));
    expect(wired.toSorted()).toEqual(own.toSorted());
  });

  test('replies on every route that takes commands, because a command without a reply cannot be told from a lost one', () => {
    const silent = Object.entries(routes).filter(([, route]) => !('replies' in route));
    expect(silent.map(([key]) => key)).toEqual(['$connect', '$disconnect']);
  });
});

describe('the derived documents', () => {
  test('S3, JSON message formats: are what npm run schemas would write', () => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', 'bin/schemas.ts', '--check'], { cwd: ROOT });
    expect([run.stderr.toString('utf8'), run.status]).toEqual(['', 0]);
  });

  test('cannot lose a part silently: a page without a place for it, or with a place for nothing, is an error', () => {
    const page = 'by hand\n<!-- generated: one -->\nold\n<!-- /generated -->\nby hand too\n';
    expect(fillPage(page, { one: 'new' })).toBe(
      'by hand\n<!-- generated: one -->\n\nnew\n\n<!-- /generated -->\nby hand too\n',
    );
    expect(() => fillPage(page, { one: 'new', two: 'lost' })).toThrow('no place for two');
    expect(() => fillPage(page, {})).toThrow('nothing generates the part one');
  });

  test.each(['docs/asyncapi.json', 'docs/schemas/protocol.json', 'docs/schemas/events.json'])(
    '%s refers to nothing that it does not hold',
    (file) => {
      const document = readJson(file);
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
      if (file !== 'docs/schemas/events.json') expect(references.length).toBeGreaterThan(3);
      expect(references.filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
    },
  );

  test('say each type in words that a person reads once', () => {
    expect(typeInWords({ type: 'string', minLength: 1, maxLength: 64 })).toBe('string, 1–64 characters');
    expect(typeInWords({ type: 'integer', minimum: 0 })).toBe('integer, at least 0');
    expect(typeInWords({ anyOf: [{ type: 'string', maxLength: 64 }, { type: 'number' }] })).toBe(
      'string, at most 64 characters or number',
    );
    expect(typeInWords({ type: 'array', items: { $ref: '#/definitions/tombstone' } })).toBe(
      'list of `tombstone`',
    );
  });
});

describe('the AsyncAPI document', () => {
  const document = readJson('docs/asyncapi.json');
  const operations = Object.entries(document.operations as Record<string, Operation>);

  interface Operation {
    readonly action: 'send' | 'receive';
    readonly channel: { readonly $ref: string };
    readonly messages: readonly { readonly $ref: string }[];
    readonly reply?: { readonly messages: readonly { readonly $ref: string }[] };
  }

  test('has an operation for every command, with its reply or an error, and one for every push', () => {
    const received = operations.filter(([, { action }]) => action === 'receive');
    expect(received.map(([name]) => name)).toEqual(Object.keys(commands));
    for (const [name, { reply }] of received) {
      expect(reply!.messages.map(({ $ref }) => $ref.split('/').at(-1))).toEqual([
        `reply.${name}`,
        'reply.error',
      ]);
    }
    expect(operations.length - received.length).toBe(15);
  });

  test('S3, JSON message formats: is valid by the schema that AsyncAPI publishes, which notices what is wrong', () => {
    // The schema brings JSON Schema's own along, under the id that Ajv has for it.
    const ajv = new Ajv({ meta: false, validateSchema: false, strict: false, validateFormats: false });
    const validate = ajv.compile(schemas['3.0.0']);
    validate(document);
    expect(validate.errors).toBeNull();
    const { hello, ...others } = document.operations as Record<string, object>;
    const wrong = { ...document, operations: { ...others, hello: { ...hello, action: 'reads' } } };
    expect(validate(wrong)).toBe(false);
  });

  test('names in its operations only messages of their channel, which AsyncAPI 3 demands', () => {
    for (const [, { channel, messages, reply }] of operations) {
      for (const { $ref } of [...messages, ...(reply?.messages ?? [])]) {
        expect($ref.startsWith(`${channel.$ref}/messages/`)).toBe(true);
      }
    }
  });
});

/** The value that a local JSON reference stands for. */
function resolve(document: JsonObject, reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((value, key) => (value as JsonObject | undefined)?.[key], document);
}
