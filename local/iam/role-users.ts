import type { JsonObject } from '../json/json';
import { objects, requiredText, text } from '../json/members';
import type { ResourceModel } from '../template/resource-model';
import type { Iam } from './iam';

interface RoleUser {
  /** What people call it. */
  readonly kind: string;
  /** The service that takes the role for it. */
  readonly service: string;
  roles(properties: JsonObject): readonly string[];
}

/** By resource type: what acts with a role of its own. */
const USERS: Readonly<Record<string, RoleUser>> = {
  'AWS::Lambda::Function': {
    kind: 'function',
    service: 'lambda.amazonaws.com',
    roles: (properties) => [requiredText(properties, 'Role')],
  },
  'AWS::StepFunctions::StateMachine': {
    kind: 'state machine',
    service: 'states.amazonaws.com',
    roles: (properties) => [requiredText(properties, 'RoleArn')],
  },
  'AWS::Events::Rule': {
    kind: 'rule',
    service: 'events.amazonaws.com',
    roles: (properties) => objects(properties, 'Targets').flatMap((target) => text(target, 'RoleArn') ?? []),
  },
};

/** The same model, which also sees to it that the roles of what it creates exist and may be taken by it. */
export function withRoles(model: ResourceModel, iam: Iam): ResourceModel {
  const user = USERS[model.type];
  if (user === undefined) return model;
  return {
    ...model,
    create: (properties, resource) => {
      const arn = model.attributes['Arn']?.(resource) ?? '';
      for (const role of user.roles(properties)) {
        iam.assume(role, `${user.kind} ${resource.constructId}`, user.service, arn);
      }
      return model.create(properties, resource);
    },
  };
}
