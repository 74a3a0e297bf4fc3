import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { tables, type TableShape } from '../../handlers/tables';
import { DataStack } from '../../stacks/data-stack';
import { StackTemplate } from './synthesized';

const stackWith = (retainData: boolean) => {
  const app = new App({ context: { 'aws:cdk:enable-path-metadata': true } });
  return new StackTemplate(
    Template.fromStack(
      new DataStack(app, 'data', {
        settings: { stage: 'dev', access: 'iam', allowedOrigins: '', encryption: 'aws', retainData },
      }),
    ),
  );
};

describe('the data stack', () => {
  let kept: StackTemplate;
  let thrownAway: StackTemplate;
  beforeAll(() => {
    kept = stackWith(true);
    thrownAway = stackWith(false);
  });

  test('holds the tables of handlers/tables.ts and nothing else', () => {
    expect(kept.resources.map(([id]) => kept.path(id)).sort()).toEqual(Object.keys(tables).sort());
    kept.template.resourceCountIs('AWS::DynamoDB::Table', Object.keys(tables).length);
  });

  test.each(Object.entries<TableShape>(tables))('gives %s its keys and its expiry', (name, shape) => {
    const properties = kept.properties('AWS::DynamoDB::Table', name);
    expect(properties.KeySchema).toEqual([
      { AttributeName: shape.partitionKey.name, KeyType: 'HASH' },
      ...(shape.sortKey ? [{ AttributeName: shape.sortKey.name, KeyType: 'RANGE' }] : []),
    ]);
    expect(properties.AttributeDefinitions).toContainEqual({
      AttributeName: shape.partitionKey.name,
      AttributeType: shape.partitionKey.type === 'number' ? 'N' : 'S',
    });
    expect(properties.TimeToLiveSpecification).toEqual(
      shape.expiry && { AttributeName: shape.expiry, Enabled: true },
    );
  });

  test('projects keys alone into the index that the sweep reads', () => {
    const { GlobalSecondaryIndexes } = kept.properties('AWS::DynamoDB::Table', 'Outbox');
    expect(GlobalSecondaryIndexes).toEqual([
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'openShard', KeyType: 'HASH' },
          { AttributeName: 'dueAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });

  test('S0, encryption; S1, on-demand capacity: has every table on demand, encrypted and recoverable to any second', () => {
    kept.template.allResourcesProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TableName: Match.absent(),
    });
  });

  test('lets tables outlive it where data is retained, and deletes them where not', () => {
    kept.template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    });
    thrownAway.template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
  });
});
