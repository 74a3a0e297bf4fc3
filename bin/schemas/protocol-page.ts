import { CLIENT_ERRORS, type ClientErrorName } from '../../handlers/chat/errors';
import { holdersOf, rights, STANDINGS } from '../../handlers/chat/rights';
import type { RoomKind } from '../../handlers/chat/rooms';
import { commands, EVERYWHERE, type Command } from '../../handlers/chat/protocol/commands';
import { entriesOf } from '../../stacks/constructs/records';
import { actionOf, type Conversation } from './conversation';
import { definitions, PUSHES, type JsonSchema } from './definitions';
import { codeOfFrames, table } from './marked-page';
import { fieldsOf } from './type-words';

const KINDS = ['channel', 'direct', 'meeting'] as const satisfies readonly RoomKind[];

/** Fields that all commands, replies or pushes share: the page says them once. */
const SHARED = ['action', 'id', 'ok', 'type'];

/** The generated parts of docs/protocol.md. */
export function protocolParts(conversation: Conversation): Readonly<Record<string, string>> {
  const schemas = definitions('#/definitions/');
  return {
    commands: entriesOf(commands)
      .map(([action, command]) => commandSection(action, command, schemas, conversation))
      .join('\n\n'),
    pushes: Object.keys(PUSHES)
      .map((type) => pushSection(type, schemas, conversation))
      .join('\n\n'),
    parts: ['roomSummary', 'recoveredRoom', 'unrecoveredRoom', 'tombstone']
      .map((name) => `\`${name}\`\n\n${fieldTable(schemas[name] ?? {})}`)
      .join('\n\n'),
    rights: rightsTable(),
    standings: table(
      ['standing', 'who that is'],
      entriesOf(STANDINGS).map(([standing, who]) => [`\`${standing}\``, who]),
    ),
    errors: errorTable(),
    refused: conversation.steps
      .filter(({ gets }) => gets.ok === false)
      .map(({ sends, gets }) => codeOfFrames([sends, gets]))
      .join('\n\n'),
  };
}

function commandSection(
  action: string,
  { route, aliases = [], does, refusals = [] }: Command,
  schemas: Readonly<Record<string, JsonSchema>>,
  { steps }: Conversation,
): string {
  const also = aliases.length === 0 ? '' : ` The same: ${names(aliases)}.`;
  const told = steps.filter((step) => actionOf(step) === action && step.gets.ok === true);
  return [
    `### ${action}`,
    `${does}${also}`,
    fieldTable(schemas[`command.${action}`] ?? {}),
    `Reply: ${fieldList(schemas[`reply.${action}`] ?? {})}`,
    refusals.length === 0 ? '' : `Refused with: ${names(refusals)}.`,
    `Route: ${route === 'own' ? `\`${action}\`` : '`$default`'}`,
    ...told.map(({ sends, gets, others }) => codeOfFrames([sends, gets, ...others.map((push) => push.gets)])),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function pushSection(
  type: string,
  schemas: Readonly<Record<string, JsonSchema>>,
  { steps }: Conversation,
): string {
  const example = steps.flatMap(({ others }) => others).find(({ gets }) => gets.type === type);
  return [
    `### Push: ${type}`,
    fieldTable(schemas[`push.${type}`] ?? {}),
    example === undefined ? '' : codeOfFrames([example.gets]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function fieldTable(schema: JsonSchema): string {
  const fields = fieldsOf(schema).filter(({ name }) => !SHARED.includes(name));
  if (fields.length === 0) return 'No fields of its own.';
  return table(
    ['field', '', 'what'],
    fields.map(({ name, required, type }) => [`\`${name}\``, required ? '' : 'optional', type]),
  );
}

function fieldList(schema: JsonSchema): string {
  const fields = fieldsOf(schema).filter(({ name }) => !SHARED.includes(name));
  return `${fields.map(({ name, required, type }) => `\`${name}\`${required ? '' : '?'} (${type})`).join(', ')}.`;
}

/** Who may do what, by kind of room; what nobody may stays empty. */
function rightsTable(): string {
  return table(
    ['command', ...KINDS],
    entriesOf(rights).map(([right]) => [
      `\`${right}\``,
      ...KINDS.map((kind) => holdersOf(right, kind).join(', ')),
    ]),
  );
}

function errorTable(): string {
  const refusedBy = (name: ClientErrorName) =>
    entriesOf<string, Command>(commands)
      .filter(([, { refusals = [] }]) => refusals.includes(name))
      .map(([action]) => action);
  return table(
    ['code', 'name', 'temporary', 'commands'],
    entriesOf(CLIENT_ERRORS).map(([name, { code, temporary }]) => [
      String(code),
      `\`${name}\``,
      temporary ? 'yes' : '',
      EVERYWHERE.some((one) => one === name) ? 'any' : names(refusedBy(name)),
    ]),
  );
}

function names(list: readonly string[]): string {
  return list.map((name) => `\`${name}\``).join(', ');
}
