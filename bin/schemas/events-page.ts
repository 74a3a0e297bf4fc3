import { EVENT_SOURCE } from '../../handlers/chat/events';
import { rules, type RuleWiring } from '../../handlers/wiring';
import { entriesOf } from '../../stacks/constructs/records';
import { busEvents } from './bus-events';
import { jsonSchemas, type JsonSchema } from './definitions';
import { codeOfFrames, table } from './marked-page';
import { fieldsOf } from './type-words';

/** The JSON Schemas of the details of all events, by detail type. */
export function eventDefinitions(): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    entriesOf(busEvents).map(([type, { detail }]) => [type, jsonSchemas([[type, detail]], '#/')[type] ?? {}]),
  );
}

/** The generated parts of docs/events.md. */
export function eventParts(): Readonly<Record<string, string>> {
  const details = eventDefinitions();
  return {
    events: entriesOf(busEvents)
      .map(([type, { says, mind, example }]) =>
        [
          `### ${type}`,
          `${says} ${mind}`,
          table(
            ['field', 'what'],
            fieldsOf(details[type] ?? {}).map(({ name, type: words }) => [`\`${name}\``, words]),
          ),
          codeOfFrames([{ source: EVENT_SOURCE, 'detail-type': type, detail: example }]),
        ].join('\n\n'),
      )
      .join('\n\n'),
    rules: table(
      ['rule', 'events', 'does'],
      entriesOf(rules).map(([name, rule]) => [`\`${name}\``, whichEvents(rule), whatItDoes(rule)]),
    ),
  };
}

function whichEvents({ events, without }: RuleWiring): string {
  const types = events.map((event) => `\`${event}\``).join(', ');
  return without === undefined ? types : `${types}; none with \`${without}\``;
}

function whatItDoes(rule: RuleWiring): string {
  if ('starts' in rule) return `starts the workflow \`${rule.starts}\``;
  if ('runs' in rule) return `runs the function \`${rule.runs}\``;
  return `sends to the queue \`${rule.sendsTo}\``;
}
