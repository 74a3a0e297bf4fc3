import { isObject, type Json, type JsonObject } from '../json/json';
import type { StackSource } from './cloud-assembly';
import { evaluateCondition } from './conditions';
import { IGNORED_TYPES } from './ignored-types';
import {
  expectString,
  NO_VALUE,
  toText,
  resolveString,
  resolveValue,
  type Resolved,
  type Scope,
} from './intrinsics';
import { chosenName, constructId } from './names';
import { ACCOUNT, REGION, type DeclaredResource, type ResourceModel } from './resource-model';
import { at } from './template-error';

/** A resource with its properties as the template has them. */
export interface TemplateResource extends DeclaredResource {
  readonly properties: JsonObject;
}

/** The names that stacks before this one gave away. */
export interface EarlierStacks {
  readonly exports: ReadonlyMap<string, Json>;
  /** Output values by stack name and output name. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * `Rules` is ignored: CDK's rule compares the bootstrap version that a deployment would find in its account.
 * `Transform` and `Hooks` change what is deployed, so they are not here.
 */
const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
];

/** The policies say what happens when the stack is deleted or updated; creation order is that of the models. */
const RESOURCE_KEYS = [
  'Type',
  'Properties',
  'Metadata',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
];

/** One stack's template: what it declares, and what its names mean. */
export class Stack implements Scope {
  readonly name: string;
  readonly #template: JsonObject;
  readonly #models: ReadonlyMap<string, ResourceModel>;
  readonly #earlier: EarlierStacks;
  readonly #resources = new Map<string, TemplateResource>();
  /** Logical ids whose name is being resolved, to see a circle before the stack overflows. */
  readonly #naming = new Set<string>();

  /** Throws TemplateError on sections, types and resource keys that the runtime does not model. */
  constructor(source: StackSource, models: ReadonlyMap<string, ResourceModel>, earlier: EarlierStacks) {
    this.name = source.name;
    this.#template = source.template;
    this.#models = models;
    this.#earlier = earlier;
    at(this.name, () => refuseOthers(source.template, SECTIONS, 'the template section'));
    for (const logicalId of Object.keys(this.#section('Resources'))) {
      at(`${this.name}/${logicalId}`, () => this.#addResource(logicalId));
    }
  }

  /** Those whose condition holds, in the template's order. */
  get resources(): readonly TemplateResource[] {
    return [...this.#resources.values()];
  }

  /** The outputs whose condition holds, resolved; and those of them that are exported, by export name. */
  outputs(): { values: Record<string, string>; exports: Map<string, Json> } {
    const values: Record<string, string> = {};
    const exports = new Map<string, Json>();
    const section = this.#section('Outputs');
    for (const name of Object.keys(section)) {
      at(`${this.name}/Outputs.${name}`, () => {
        const output = objectOf(section[name]);
        if (!this.#holds(output['Condition'])) return;
        const value = resolveValue(output['Value'] ?? null, this);
        values[name] = typeof value === 'string' ? value : JSON.stringify(value);
        const exportName = objectOf(output['Export'])['Name'];
        if (exportName !== undefined) exports.set(resolveString(exportName, this), value);
      });
    }
    return { values, exports };
  }

  ref(name: string): Resolved {
    const pseudo = this.#pseudoParameter(name);
    if (pseudo !== undefined) return pseudo;
    const parameter = this.#section('Parameters')[name];
    if (parameter !== undefined) return parameterValue(name, objectOf(parameter));
    const resource = this.#resource(name);
    const model = this.#models.get(resource.type) ?? IGNORED_TYPES[resource.type];
    if (model?.ref === undefined)
      throw new Error(`Ref of ${name} (${resource.type}) is not modelled by the local runtime`);
    return model.ref(resource);
  }

  attribute(logicalId: string, attribute: string): Json {
    const resource = this.#resource(logicalId);
    const known = this.#models.get(resource.type) ?? IGNORED_TYPES[resource.type];
    const get = known?.attributes?.[attribute];
    if (get === undefined) {
      throw new Error(
        `Fn::GetAtt ${logicalId}.${attribute} (${resource.type}) is not modelled by the local runtime`,
      );
    }
    return get(resource);
  }

  condition(name: string): boolean {
    const expression = this.#section('Conditions')[name];
    if (expression === undefined) throw new Error(`there is no condition ${name}`);
    return evaluateCondition(expression, this);
  }

  mapped(map: string, topLevelKey: string, secondLevelKey: string): Json {
    const value = objectOf(objectOf(this.#section('Mappings')[map])[topLevelKey])[secondLevelKey];
    if (value === undefined) throw new Error(`there is no mapping ${map}.${topLevelKey}.${secondLevelKey}`);
    return value;
  }

  imported(exportName: string): Json {
    const value = this.#earlier.exports.get(exportName);
    if (value === undefined) throw new Error(`no stack before this one exports ${exportName}`);
    return value;
  }

  stackOutput(stackName: string, outputName: string): Json {
    const value = this.#earlier.outputs.get(stackName)?.[outputName];
    if (value === undefined)
      throw new Error(`no stack before this one has the output ${stackName}.${outputName}`);
    return value;
  }

  #section(name: string): JsonObject {
    return objectOf(this.#template[name]);
  }

  #holds(condition: Json | undefined): boolean {
    return typeof condition !== 'string' || this.condition(condition);
  }

  #resource(logicalId: string): TemplateResource {
    const resource = this.#resources.get(logicalId);
    if (resource === undefined) throw new Error(`there is no parameter or resource ${logicalId}`);
    return resource;
  }

  #addResource(logicalId: string): void {
    const declared = objectOf(this.#section('Resources')[logicalId]);
    if (!this.#holds(declared['Condition'])) return;
    const type = expectString(declared['Type'], 'Type');
    if (!this.#models.has(type) && IGNORED_TYPES[type] === undefined) {
      throw new Error(`the resource type ${type} is not modelled by the local runtime`);
    }
    refuseOthers(declared, RESOURCE_KEYS, 'the resource key');
    const properties = objectOf(declared['Properties']);
    const physicalName = () => this.#physicalName(logicalId, type, properties);
    this.#resources.set(logicalId, {
      logicalId,
      type,
      properties,
      stackName: this.name,
      constructId: constructId(logicalId, declared['Metadata']),
      // A name may refer to resources further down, so it is resolved when somebody asks.
      get physicalName() {
        return physicalName();
      },
      property: (name) => {
        const value = properties[name];
        return value === undefined ? undefined : resolveValue(value, this);
      },
    });
  }

  #physicalName(logicalId: string, type: string, properties: JsonObject): string {
    const chosen = chosenName(type, properties);
    if (chosen === undefined) return `${this.name}-${logicalId}`;
    if (this.#naming.has(logicalId)) throw new Error(`the name of ${logicalId} depends on itself`);
    this.#naming.add(logicalId);
    try {
      return resolveString(chosen, this);
    } finally {
      this.#naming.delete(logicalId);
    }
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
  #pseudoParameter(name: string): Resolved | undefined {
    switch (name) {
      case 'AWS::Region':
        return REGION;
      case 'AWS::AccountId':
        return ACCOUNT;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return this.name;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${this.name}/local`;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return NO_VALUE;
      default:
        return undefined;
    }
  }
}

function parameterValue(name: string, parameter: JsonObject): Json {
  const type = expectString(parameter['Type'], 'Type');
  if (type.startsWith('AWS::SSM::'))
    throw new Error(`the parameter ${name} (${type}) is not modelled by the local runtime`);
  const value = parameter['Default'];
  if (value === undefined)
    throw new Error(`the parameter ${name} has no default, and there is no deployment to give it`);
  return type.startsWith('List<') || type === 'CommaDelimitedList' ? toText(value).split(',') : toText(value);
}

function refuseOthers(object: JsonObject, known: readonly string[], what: string): void {
  const other = Object.keys(object).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${what} ${other} is not modelled by the local runtime`);
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
