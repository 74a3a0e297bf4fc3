import type { JsonObject } from '../json/json';
import { flag, list, object, objects, refuseOthers, requiredText, text } from '../json/members';
import { arn, type ResourceModel } from '../template/resource-model';
import type { Tables } from './tables';

/** `physicalName` holds the template's TableName where it sets one, so Ref and the ARN are known up front. */
export function tableModels(tables: Tables): ResourceModel[] {
  return [
    {
      type: 'AWS::DynamoDB::Table',
      properties: [
        'TableName',
        'KeySchema',
        'AttributeDefinitions',
        'GlobalSecondaryIndexes',
        'BillingMode',
        'TimeToLiveSpecification',
      ],
      ignoredProperties: {
        SSESpecification: 'nothing is encrypted at rest on this machine',
        PointInTimeRecoverySpecification: 'there are no backups on this machine',
        DeletionProtectionEnabled: 'tables are deleted by --reset only',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: { Arn: (resource) => arn('dynamodb', `table/${resource.physicalName}`) },
      create: async (properties, resource) => {
        if (text(properties, 'BillingMode') !== 'PAY_PER_REQUEST') {
          throw new Error('only BillingMode PAY_PER_REQUEST is modelled');
        }
        const timeToLive = timeToLiveAttribute(properties);
        await tables.declare({
          name: text(properties, 'TableName') ?? resource.physicalName,
          constructId: resource.constructId,
          keySchema: list(properties, 'KeySchema'),
          attributeDefinitions: list(properties, 'AttributeDefinitions'),
          globalSecondaryIndexes: objects(properties, 'GlobalSecondaryIndexes').map(checkedIndex),
          ...(timeToLive === undefined ? {} : { timeToLive }),
        });
      },
    },
  ];
}

function timeToLiveAttribute(properties: JsonObject): string | undefined {
  const specification = object(properties, 'TimeToLiveSpecification');
  if (specification === undefined || flag(specification, 'Enabled') === false) return undefined;
  return requiredText(specification, 'AttributeName');
}

function checkedIndex(index: JsonObject): JsonObject {
  refuseOthers('a global secondary index', index, ['IndexName', 'KeySchema', 'Projection']);
  return index;
}
