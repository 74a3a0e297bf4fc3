import type { Json, JsonObject } from '../json/json';
import type { CloudAssembly } from './cloud-assembly';
import { NO_VALUE, resolve } from './intrinsics';
import type { DeclaredResource, ResourceModel } from './resource-model';
import { Stack, type TemplateResource } from './stack';
import { at, placed } from './template-error';

/** Outputs by stack name and output name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Deployment {
  readonly outputs: Outputs;
  /** Every resource whose condition holds, of types that are modelled. */
  readonly resources: readonly DeclaredResource[];
  /** Declares all resources to their services, in the order of the models. */
  create(): Promise<void>;
}

/**
 * Reads all templates of an assembly and resolves every property that a model acts on, before anything is created:
 * a template that cannot run here stops the start while nothing has happened yet.
 * @param models in creation order
 * @throws TemplateError, one line: stack, logical id, and what is not modelled
 */
export function planDeployment(assembly: CloudAssembly, models: readonly ResourceModel[]): Deployment {
  const byType = new Map(models.map((model) => [model.type, model]));
  const exports = new Map<string, Json>();
  const outputs = new Map<string, Readonly<Record<string, string>>>();
  const planned: { resource: TemplateResource; properties: JsonObject }[] = [];
  for (const source of assembly.stacks) {
    const stack = new Stack(source, byType, { exports, outputs });
    for (const resource of stack.resources) {
      const model = byType.get(resource.type);
      if (model === undefined) continue;
      const properties = at(place(resource), () => resolveProperties(resource, model, stack));
      planned.push({ resource, properties });
    }
    const { values, exports: exported } = stack.outputs();
    outputs.set(stack.name, values);
    for (const [name, value] of exported) exports.set(name, value);
  }
  return {
    outputs: Object.fromEntries(outputs),
    resources: planned.map(({ resource }) => resource),
    create: async () => {
      for (const model of models) {
        for (const { resource, properties } of planned.filter((plan) => plan.resource.type === model.type)) {
          try {
            await model.create(properties, resource);
          } catch (error) {
            throw placed(place(resource), error);
          }
        }
      }
    },
  };
}

/** The properties that the model acts on, resolved; throws Error on one that it neither uses nor ignores. */
function resolveProperties(resource: TemplateResource, model: ResourceModel, stack: Stack): JsonObject {
  const resolved: JsonObject = {};
  for (const [name, value] of Object.entries(resource.properties)) {
    if (model.ignoredProperties?.[name] !== undefined) continue;
    const property = resolve(value, stack);
    if (property === NO_VALUE) continue;
    if (!model.properties.includes(name)) {
      throw new Error(`the property ${name} of ${resource.type} is not modelled by the local runtime`);
    }
    resolved[name] = property;
  }
  return resolved;
}

function place(resource: DeclaredResource): string {
  return `${resource.stackName}/${resource.logicalId}`;
}
