import type { Json, JsonObject } from '../json/json';

/** A resource of a synthesized template, before and after its properties are resolved. */
export interface DeclaredResource {
  /** e.g. `Outbox1A2B3C`, as errors name it. */
  readonly logicalId: string;
  readonly stackName: string;
  readonly type: string;
  /**
   * The id that the CDK code gave the construct, e.g. `post-to-part` or `Outbox`: the segment of `aws:cdk:path`
   * before `/Resource`, else the last one. What logs, faults and people call it.
   */
  readonly constructId: string;
  /** What CloudFormation would call it: `<stack>-<logicalId>`, unless the template sets a name. */
  readonly physicalName: string;
  /** A property with its intrinsics resolved, for what `Ref` and `Fn::GetAtt` make of it. */
  readonly property?: (name: string) => Json | undefined;
}

/**
 * What the runtime knows about one CloudFormation resource type. A template that uses another type, a property
 * that is in neither list, or an attribute that is not modelled stops the start with the logical id:
 * running something else than what would be deployed is worse than not running.
 */
export interface ResourceModel {
  readonly type: string;
  /** Top-level properties that `create` acts on. */
  readonly properties: readonly string[];
  /** Top-level properties that change nothing on this machine, each with the reason. */
  readonly ignoredProperties?: Readonly<Record<string, string>>;
  /** What `Ref` gives. Must not depend on creation; names are known up front. */
  ref(resource: DeclaredResource): string;
  /** What `Fn::GetAtt` gives, by attribute name. */
  readonly attributes: Readonly<Record<string, (resource: DeclaredResource) => string>>;
  /**
   * Declares the resource to the service that stands for it, with all intrinsics resolved. Models are created
   * in the order in which the runtime lists them, so a model may rely on those listed before it.
   * Throws Error with one clear sentence where a property's value is not modelled.
   */
  create(properties: JsonObject, resource: DeclaredResource): void | Promise<void>;
}

/** Account, region and partition of everything that runs here, and the ARN of a thing in it. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}
