import { isObject, type JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import type { Catcher, ChoiceRule, Definition, Distributed, Flow, Retrier, State } from './definition';
import { Fields } from './fields';

/**
 * Reads an Amazon States Language definition. Throws Error, one sentence naming state and field, for anything
 * that is not JSONata, not a field of its state type, or not modelled.
 * https://states-language.net/spec.html and
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 */
export function parseDefinition(text: string): Definition {
  const fields = Fields.of(parseText(text), 'The definition');
  if (fields.text('QueryLanguage') !== 'JSONata') {
    throw new Error(`The definition's QueryLanguage must be JSONata; JSONPath is not modelled`);
  }
  fields.text('Version');
  const timeoutSeconds = fields.optionalNumber('TimeoutSeconds', 1);
  const flow = parseFlow(fields, 'The definition');
  fields.end();
  return { flow, timeoutSeconds };
}

function parseText(text: string): JsonObject {
  try {
    const value = parseJson(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw new Error(`The definition is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Error('The definition must be an object');
}

function parseFlow(fields: Fields, place: string): Flow {
  const startAt = fields.requiredText('StartAt');
  const states = new Map<string, State>();
  const declared = Fields.of(fields.json('States'), `${place}: States`).object;
  for (const [name, state] of Object.entries(declared)) {
    const stateFields = Fields.of(state, `State '${name}'`);
    states.set(name, parseState(name, stateFields));
    stateFields.end();
  }
  return { startAt, states };
}

function parseState(name: string, fields: Fields): State {
  if (fields.text('QueryLanguage') === 'JSONPath') {
    throw new Error(`${fields.place}: QueryLanguage JSONPath is not modelled`);
  }
  const type = fields.requiredText('Type');
  switch (type) {
    case 'Task':
      return { type, ...outcome(name, fields), ...recovery(fields), ...task(fields) };
    case 'Parallel':
      return {
        type,
        ...outcome(name, fields),
        ...recovery(fields),
        arguments: fields.template('Arguments'),
        branches: fields.list('Branches', (index) => `${fields.place}, Branches[${index}]`).map(innerFlow),
      };
    case 'Map':
      return { type, ...outcome(name, fields), ...recovery(fields), ...map(name, fields) };
    case 'Pass':
      return { type, ...outcome(name, fields) };
    case 'Wait':
      return {
        type,
        ...outcome(name, fields),
        seconds: fields.template('Seconds'),
        timestamp: fields.template('Timestamp'),
      };
    case 'Succeed':
      return { type, name, assigned: [], output: fields.template('Output') };
    case 'Fail':
      return { type, name, assigned: [], error: fields.template('Error'), cause: fields.template('Cause') };
    case 'Choice':
      return {
        type,
        name,
        ...assignment(fields, ''),
        rules: fields.list('Choices', (index) => `${fields.place}, Choices[${index}]`).map(choiceRule),
        default: fields.text('Default'),
      };
    default:
      throw new Error(`${fields.place}: the type '${type}' is not modelled`);
  }
}

function outcome(name: string, fields: Fields) {
  const next = fields.text('Next');
  const end = fields.json('End');
  if ((next === undefined) === (end !== true)) {
    throw new Error(`${fields.place} must have either Next or "End": true`);
  }
  return { name, next, ...assignment(fields, '') };
}

/** `prefix` is what precedes the field in AWS's causes, e.g. `Catch[0]/`. */
function assignment(fields: Fields, prefix: string) {
  const assign = fields.json('Assign');
  if (assign !== undefined && !isObject(assign)) throw new Error(`${fields.place}: Assign must be an object`);
  for (const name of Object.keys(assign ?? {})) {
    if (name === 'states' || !/^[\p{L}_][\p{L}\p{N}_]{0,79}$/u.test(name)) {
      throw new Error(`${fields.place}: '${name}' cannot be the name of a variable`);
    }
  }
  return {
    assign: fields.template('Assign', `${prefix}Assign`),
    assigned: Object.keys(assign ?? {}),
    output: fields.template('Output', `${prefix}Output`),
  };
}

function recovery(fields: Fields) {
  return {
    retriers: fields.list('Retry', (index) => `${fields.place}, Retry[${index}]`).map(retrier),
    catchers: fields.list('Catch', (index) => `${fields.place}, Catch[${index}]`).map(catcher),
  };
}

function retrier(fields: Fields): Retrier {
  const parsed: Retrier = {
    errorEquals: fields.texts('ErrorEquals'),
    intervalSeconds: fields.number('IntervalSeconds', 0, 1),
    maxAttempts: fields.number('MaxAttempts', 0, 3),
    backoffRate: fields.number('BackoffRate', 1, 2),
    maxDelaySeconds: fields.optionalNumber('MaxDelaySeconds', 1),
    jitter: fields.oneOf('JitterStrategy', ['NONE', 'FULL'], 'NONE'),
  };
  fields.end();
  return parsed;
}

function catcher(fields: Fields, index: number): Catcher {
  const parsed = {
    errorEquals: fields.texts('ErrorEquals'),
    next: fields.requiredText('Next'),
    ...assignment(fields, `Catch[${index}]/`),
  };
  fields.end();
  return parsed;
}

function choiceRule(fields: Fields, index: number): ChoiceRule {
  const parsed = {
    condition: fields.requiredTemplate('Condition', `Choices[${index}]/Condition`),
    next: fields.requiredText('Next'),
    ...assignment(fields, `Choices[${index}]/`),
  };
  fields.end();
  return parsed;
}

function task(fields: Fields) {
  return {
    resource: fields.requiredText('Resource'),
    arguments: fields.template('Arguments'),
    timeoutSeconds: fields.template('TimeoutSeconds'),
  };
}

function innerFlow(fields: Fields): Flow {
  const flow = parseFlow(fields, fields.place);
  fields.end();
  return flow;
}

function map(name: string, fields: Fields) {
  const processor = Fields.of(fields.json('ItemProcessor'), `${fields.place}, ItemProcessor`);
  const config = Fields.of(processor.json('ProcessorConfig') ?? {}, `${fields.place}, ProcessorConfig`);
  const mode = config.oneOf('Mode', ['INLINE', 'DISTRIBUTED'], 'INLINE');
  const distributed = mode === 'DISTRIBUTED' ? distribution(name, fields, config) : undefined;
  config.end();
  return {
    items: fields.template('Items'),
    itemSelector: fields.template('ItemSelector'),
    maxConcurrency: fields.template('MaxConcurrency'),
    processor: innerFlow(processor),
    distributed,
  };
}

function distribution(name: string, fields: Fields, config: Fields): Distributed {
  if (config.json('ExecutionType') === undefined) {
    throw new Error(`${fields.place}: a DISTRIBUTED Map needs the ExecutionType STANDARD or EXPRESS`);
  }
  return {
    executionType: config.oneOf('ExecutionType', ['STANDARD', 'EXPRESS'], 'STANDARD'),
    label: fields.text('Label') ?? name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40),
    toleratedFailureCount: fields.template('ToleratedFailureCount'),
    toleratedFailurePercentage: fields.template('ToleratedFailurePercentage'),
  };
}
