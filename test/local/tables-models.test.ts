import type { JsonObject } from '../../local/json/json';
import { tableModels } from '../../local/tables/table-models';
import type { DeclaredResource } from '../../local/template/resource-model';
import { call, openTables, OUTBOX } from '../support/tables';

const RESOURCE: DeclaredResource = {
  logicalId: 'Outbox1A2B',
  stackName: 'parley',
  type: 'AWS::DynamoDB::Table',
  constructId: 'Outbox',
  physicalName: OUTBOX.name,
};
const PROPERTIES: JsonObject = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: OUTBOX.keySchema,
  AttributeDefinitions: OUTBOX.attributeDefinitions,
  GlobalSecondaryIndexes: OUTBOX.globalSecondaryIndexes,
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
};

async function setUp() {
  const tables = await openTables();
  const [model] = tableModels(tables);
  if (model === undefined) throw new Error('no model');
  return { tables, model, create: async (properties: JsonObject) => model.create(properties, RESOURCE) };
}

describe('AWS::DynamoDB::Table', () => {
  it('is active as soon as it is created, with its keys, indexes and expiry', async () => {
    const { tables, create } = await setUp();
    await create(PROPERTIES);
    expect(await call(tables, 'DescribeTable', {})).toMatchObject({
      Table: {
        TableName: OUTBOX.name,
        TableStatus: 'ACTIVE',
        TableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${OUTBOX.name}`,
        KeySchema: OUTBOX.keySchema,
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        GlobalSecondaryIndexes: [{ IndexName: 'due', IndexStatus: 'ACTIVE' }],
      },
    });
    expect(await call(tables, 'DescribeTimeToLive', {})).toMatchObject({
      TimeToLiveDescription: { AttributeName: 'expiresAt' },
    });
  });

  it('is known by name and ARN before it is created', async () => {
    const { model } = await setUp();
    expect(model.ref(RESOURCE)).toBe(OUTBOX.name);
    expect(model.attributes.Arn?.(RESOURCE)).toBe(
      `arn:aws:dynamodb:us-east-1:000000000000:table/${OUTBOX.name}`,
    );
  });

  it.each([
    [{ BillingMode: 'PROVISIONED' }, 'only BillingMode PAY_PER_REQUEST is modelled'],
    [{ TimeToLiveSpecification: { Enabled: true } }, 'AttributeName is required'],
    [
      { KeySchema: [{ AttributeName: 'absent', KeyType: 'HASH' }] },
      'Some index key attributes are not defined',
    ],
    [
      { GlobalSecondaryIndexes: [{ ...OUTBOX.globalSecondaryIndexes[0], WarmThroughput: {} }] },
      'does not model WarmThroughput of a global secondary index',
    ],
  ] as [JsonObject, string][])('is refused with %j', async (change, message) => {
    const { create } = await setUp();
    await expect(create({ ...PROPERTIES, ...change })).rejects.toThrow(message);
  });
});
