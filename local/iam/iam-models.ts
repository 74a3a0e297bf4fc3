import type { Json, JsonObject } from '../json/json';
import { objects, requiredText, texts } from '../json/members';
import { physicalName } from '../template/physical-name';
import { ACCOUNT, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import { roleArn } from './caller';
import type { Iam } from './iam';

/** What AWS says that its own policies allow, which is not in any template: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html */
const AWS_MANAGED: Readonly<Record<string, Json>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  },
};

/**
 * The roles of a template and their policies. Other policies that AWS manages are refused, because what they allow is
 * not in the template; so are permissions boundaries, users and groups.
 */
export function iamModels(iam: Iam): ResourceModel[] {
  const managed = new Map<string, Json | undefined>(Object.entries(AWS_MANAGED));
  const toRoles = (properties: JsonObject) => {
    for (const role of texts(properties, 'Roles')) iam.attach(role, properties['PolicyDocument']);
  };
  return [
    {
      type: 'AWS::IAM::ManagedPolicy',
      properties: ['ManagedPolicyName', 'PolicyDocument', 'Roles'],
      ignoredProperties: { Description: 'read by people only' },
      ref: managedPolicyArn,
      attributes: { PolicyArn: managedPolicyArn },
      create: (properties, resource) => {
        physicalName(properties, 'ManagedPolicyName', resource);
        managed.set(managedPolicyArn(resource), properties['PolicyDocument']);
        toRoles(properties);
      },
    },
    {
      type: 'AWS::IAM::Role',
      properties: ['RoleName', 'AssumeRolePolicyDocument', 'Policies', 'ManagedPolicyArns'],
      ignoredProperties: {
        Description: 'read by people only',
        MaxSessionDuration: 'sessions do not end here',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: {
        Arn: (resource) => roleArn(resource.physicalName),
        RoleId: (resource) => `AROA${resource.logicalId.toUpperCase()}`,
      },
      create: (properties, resource) => {
        const name = physicalName(properties, 'RoleName', resource);
        iam.declareRole(name, properties['AssumeRolePolicyDocument']);
        for (const policy of objects(properties, 'Policies')) iam.attach(name, policy['PolicyDocument']);
        for (const arn of texts(properties, 'ManagedPolicyArns')) {
          if (!managed.has(arn)) throw new Error(`the managed policy ${arn} is not modelled`);
          iam.attach(name, managed.get(arn));
        }
      },
    },
    {
      type: 'AWS::IAM::Policy',
      properties: ['PolicyName', 'PolicyDocument', 'Roles'],
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: (properties) => {
        requiredText(properties, 'PolicyName');
        toRoles(properties);
      },
    },
  ];
}

function managedPolicyArn(resource: DeclaredResource): string {
  return `arn:aws:iam::${ACCOUNT}:policy/${resource.physicalName}`;
}
