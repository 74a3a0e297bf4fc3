import type { JsonObject } from '../json/json';
import { text } from '../json/members';
import type { DeclaredResource } from './resource-model';

/**
 * The name under which a resource is declared, which is what its `Ref` was resolved from.
 * @throws Error when the template's name property says otherwise: references would point nowhere
 */
export function physicalName(properties: JsonObject, property: string, resource: DeclaredResource): string {
  const given = text(properties, property);
  if (given !== undefined && given !== resource.physicalName) {
    throw new Error(
      `${resource.logicalId}: ${property} is ${given}, but references to it were resolved to ${resource.physicalName}`,
    );
  }
  return resource.physicalName;
}
