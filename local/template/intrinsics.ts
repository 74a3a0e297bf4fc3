import { isObject, type Json, type JsonObject } from '../json/json';

/** What `Ref: AWS::NoValue` gives: the property or list element that holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');
export type Resolved = Json | typeof NO_VALUE;

/** What the intrinsic functions of one stack's template refer to. Each throws Error on an unknown name. */
export interface Scope {
  ref(name: string): Resolved;
  attribute(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  mapped(map: string, topLevelKey: string, secondLevelKey: string): Json;
  imported(exportName: string): Json;
  stackOutput(stackName: string, outputName: string): Json;
}

/**
 * Replaces the intrinsic functions in `value` by what CloudFormation would put there.
 * Throws Error on a function that the runtime does not model, naming it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function resolve(value: Json, scope: Scope): Resolved {
  if (Array.isArray(value)) return resolveList(value, scope);
  if (!isObject(value)) return value;
  const name = functionName(value);
  if (name === undefined) return resolveObject(value, scope);
  const run = FUNCTIONS[name];
  if (run === undefined)
    throw new Error(`the intrinsic function ${name} is not modelled by the local runtime`);
  return run(value[name] ?? null, scope);
}

/** As `resolve`, where leaving the value out is no choice. */
export function resolveValue(value: Json, scope: Scope): Json {
  const resolved = resolve(value, scope);
  if (resolved === NO_VALUE) throw new Error('AWS::NoValue stands where a value is needed');
  return resolved;
}

/** As `resolve`, for a place that takes a string. Numbers and booleans become strings, as in CloudFormation. */
export function resolveString(value: Json, scope: Scope): string {
  return toText(resolveValue(value, scope));
}

/** The function that an object calls: an object with one member, `Ref` or `Fn::…`. */
function functionName(value: JsonObject): string | undefined {
  const keys = Object.keys(value);
  const name = keys.find((key) => key.startsWith('Fn::'));
  if (name !== undefined && keys.length > 1)
    throw new Error(`${name} stands beside other keys: ${keys.join(', ')}`);
  return name ?? (keys.length === 1 && keys[0] === 'Ref' ? 'Ref' : undefined);
}

function resolveObject(value: JsonObject, scope: Scope): JsonObject {
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const resolved = resolve(member, scope);
    if (resolved !== NO_VALUE) result[key] = resolved;
  }
  return result;
}

function resolveList(values: Json[], scope: Scope): Json[] {
  return values.map((value) => resolve(value, scope)).filter((value) => value !== NO_VALUE);
}

type Intrinsic = (argument: Json, scope: Scope) => Resolved;

const FUNCTIONS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(expectString(argument, 'Ref')),

  'Fn::GetAtt': (argument, scope) => {
    if (typeof argument === 'string') {
      const dot = argument.indexOf('.');
      if (dot < 1) throw new Error(`Fn::GetAtt needs LogicalId.Attribute, not ${argument}`);
      return scope.attribute(argument.slice(0, dot), argument.slice(dot + 1));
    }
    const [logicalId, attribute] = expectList(argument, 'Fn::GetAtt', 2);
    return scope.attribute(expectString(logicalId, 'Fn::GetAtt'), resolveString(attribute ?? null, scope));
  },

  'Fn::Join': (argument, scope) => {
    const [delimiter, values] = expectList(argument, 'Fn::Join', 2);
    const list = expectList(resolveValue(values ?? null, scope), 'Fn::Join');
    return list.map(toText).join(expectString(delimiter, 'Fn::Join'));
  },

  'Fn::Sub': (argument, scope) => {
    if (typeof argument === 'string') return substitute(argument, {}, scope);
    const [text, variables] = expectList(argument, 'Fn::Sub', 2);
    if (!isObject(variables)) throw new Error('Fn::Sub needs a string, or a string and a map of variables');
    return substitute(expectString(text, 'Fn::Sub'), variables, scope);
  },

  'Fn::Select': (argument, scope) => {
    const [index, values] = expectList(argument, 'Fn::Select', 2);
    const list = expectList(resolveValue(values ?? null, scope), 'Fn::Select');
    const chosen = list[Number(resolveString(index ?? null, scope))];
    if (chosen === undefined)
      throw new Error(`Fn::Select has no element ${JSON.stringify(index)} in ${list.length}`);
    return chosen;
  },

  'Fn::Split': (argument, scope) => {
    const [delimiter, text] = expectList(argument, 'Fn::Split', 2);
    return resolveString(text ?? null, scope).split(expectString(delimiter, 'Fn::Split'));
  },

  'Fn::Base64': (argument, scope) => Buffer.from(resolveString(argument, scope), 'utf8').toString('base64'),

  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = expectList(argument, 'Fn::FindInMap', 3).map((part) =>
      resolveString(part, scope),
    );
    return scope.mapped(map ?? '', top ?? '', second ?? '');
  },

  'Fn::ImportValue': (argument, scope) => scope.imported(resolveString(argument, scope)),

  'Fn::GetStackOutput': (argument, scope) => {
    if (!isObject(argument)) throw new Error('Fn::GetStackOutput needs StackName and OutputName');
    const { StackName = null, OutputName = null, ...others } = argument;
    const [other] = Object.keys(others);
    if (other !== undefined)
      throw new Error(`Fn::GetStackOutput with ${other} is not modelled by the local runtime`);
    return scope.stackOutput(resolveString(StackName, scope), resolveString(OutputName, scope));
  },

  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = expectList(argument, 'Fn::If', 3);
    const chosen = scope.condition(expectString(condition, 'Fn::If')) ? whenTrue : whenFalse;
    return resolve(chosen ?? null, scope);
  },
};

/** `${Name}`, `${Name.Attribute}`, `${AWS::Region}`; `${!Literal}` gives `${Literal}`. */
function substitute(text: string, variables: JsonObject, scope: Scope): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, reference: string) => {
    const name = reference.trim();
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const variable = variables[name];
    if (variable !== undefined) return resolveString(variable, scope);
    const dot = name.indexOf('.');
    if (dot > 0) return toText(scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
    return resolveString({ Ref: name }, scope);
  });
}

/** A scalar as CloudFormation writes it into a string. Throws Error for anything else. */
export function toText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`a string is needed, not ${JSON.stringify(value)}`);
}

export function expectString(value: Json | undefined, where: string): string {
  if (typeof value !== 'string') throw new Error(`${where} needs a string, not ${JSON.stringify(value)}`);
  return value;
}

export function expectList(value: Json, where: string, length?: number): Json[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw new Error(
      `${where} needs a list${length === undefined ? '' : ` of ${length}`}, not ${JSON.stringify(value)}`,
    );
  }
  return value;
}
