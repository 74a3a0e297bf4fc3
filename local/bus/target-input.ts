import type { Json, JsonObject } from '../json/json';
import { isObject } from '../json/json';
import { object, refuseOthers, requiredText, text } from '../json/members';
import { parseJson } from '../json/parse-json';

/** What an event becomes on its way to a target: the text of a JSON document, or plain text from a template. */
export type TargetInput = (event: JsonObject, rule: RuleContext) => string;

/** What the predefined variables of a template say besides the event. */
interface RuleContext {
  readonly arn: string;
  readonly name: string;
  /** When the bus took the event, in milliseconds since the epoch. */
  readonly received: number;
}

/**
 * A target's Input (a constant), InputPath (a part of the event) or InputTransformer (a template), else the
 * whole event. Source: "EventBridge input transformation", EventBridge user guide.
 * @throws Error for more than one of them, a path or variable that is not modelled, or a template that uses a
 *   variable that nothing defines
 */
export function parseTargetInput(target: JsonObject): TargetInput {
  const constant = text(target, 'Input');
  const path = text(target, 'InputPath');
  const transformer = object(target, 'InputTransformer');
  if ([constant, path, transformer].filter((one) => one !== undefined).length > 1) {
    throw new Error('A target takes one of Input, InputPath and InputTransformer');
  }
  if (constant !== undefined) {
    parseJson(constant);
    return () => constant;
  }
  if (path !== undefined) {
    const read = parsePath(path);
    return (event) => JSON.stringify(read(event) ?? null);
  }
  return transformer === undefined ? (event) => JSON.stringify(event) : parseTransformer(transformer);
}

function parseTransformer(transformer: JsonObject): TargetInput {
  refuseOthers('InputTransformer', transformer, ['InputPathsMap', 'InputTemplate']);
  const template = requiredText(transformer, 'InputTemplate');
  const paths = new Map<string, (event: JsonObject) => Json | undefined>();
  for (const [name, path] of Object.entries(object(transformer, 'InputPathsMap') ?? {})) {
    if (!/^[\w-]+$/.test(name) || /^aws/i.test(name))
      throw new Error(`InputPathsMap cannot have the key ${name}`);
    if (typeof path !== 'string') throw new Error(`InputPathsMap.${name} must be a path`);
    paths.set(name, parsePath(path));
  }
  const segments = splitTemplate(template);
  for (const { variable } of segments) {
    if (variable !== undefined && !paths.has(variable) && !PREDEFINED.includes(variable)) {
      throw new Error(`InputTemplate uses <${variable}>, which InputPathsMap does not define`);
    }
  }
  return (event, rule) =>
    minified(
      segments
        .map(({ literal, variable, quoted }) => {
          if (variable === undefined) return literal;
          const read = paths.get(variable);
          const value = read === undefined ? predefined(variable, event, rule) : read(event);
          return value === undefined ? '' : render(value, quoted);
        })
        .join(''),
    );
}

/** Without the template's white space when it is JSON; plain text stays as it is. */
function minified(output: string): string {
  try {
    return JSON.stringify(parseJson(output));
  } catch {
    return output;
  }
}

const PREDEFINED = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event',
  'aws.events.event.json',
  'aws.events.event.ingestion-time',
];

function predefined(variable: string, event: JsonObject, rule: RuleContext): Json | undefined {
  switch (variable) {
    case 'aws.events.rule-arn':
      return rule.arn;
    case 'aws.events.rule-name':
      return rule.name;
    case 'aws.events.event.ingestion-time':
      return new Date(rule.received).toISOString();
    case 'aws.events.event.json':
      return event;
    default:
      return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'detail'));
  }
}

/** Inside quotes a value is pasted as text; outside it is JSON, so a string brings its own quotes. */
function render(value: Json, quoted: boolean): string {
  if (!quoted) return JSON.stringify(value);
  const pasted = typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(pasted).slice(1, -1);
}

interface Segment {
  readonly literal: string;
  readonly variable?: string;
  /** Whether the variable stands within a quoted string of the template. */
  readonly quoted: boolean;
}

function splitTemplate(template: string): Segment[] {
  const segments: Segment[] = [];
  let quoted = false;
  let end = 0;
  for (const match of template.matchAll(/\\.|"|<([\w.-]+)>/gs)) {
    const [token, variable] = match;
    if (token === '"') quoted = !quoted;
    if (variable === undefined) continue;
    segments.push({ literal: template.slice(end, match.index), quoted });
    segments.push({ literal: '', variable, quoted });
    end = match.index + token.length;
  }
  segments.push({ literal: template.slice(end), quoted });
  return segments;
}

/** `$`, then `.name` and `[index]`: EventBridge's dot notation without wildcards. */
function parsePath(path: string): (event: JsonObject) => Json | undefined {
  if (!/^\$(\.[\w/-]+|\[\d+\])*$/.test(path)) throw new Error(`The path ${path} is not modelled`);
  const steps = [...path.matchAll(/\.([\w/-]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  return (event) => {
    let value: Json | undefined = event;
    for (const step of steps) {
      if (typeof step === 'number') value = Array.isArray(value) ? value[step] : undefined;
      else value = isObject(value) ? value[step] : undefined;
    }
    return value;
  };
}
