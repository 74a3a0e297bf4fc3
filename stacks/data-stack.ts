import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { tables, type Attribute, type TableName, type TableShape } from '../handlers/tables';
import { OwnKey } from './constructs/own-key';
import { mapRecord } from './constructs/records';
import { UserPool } from './constructs/user-pool';
import type { Settings } from './settings';

type DataSettings = Pick<Settings, 'stage' | 'access' | 'allowedOrigins' | 'encryption' | 'retainData'>;

/** Everything that must outlive a deployment, in a stack of its own, so that the rest can be replaced. */
export class DataStack extends Stack {
  readonly tables: Readonly<Record<TableName, ITable>>;
  /** Absent where nobody signs in. */
  readonly userPool: UserPool | undefined;
  /** Absent with keys that AWS keeps. */
  readonly key: OwnKey | undefined;

  constructor(scope: Construct, id: string, props: StackProps & { settings: DataSettings }) {
    super(scope, id, props);
    const { stage, access, encryption, retainData } = props.settings;
    this.key = encryption === 'own' ? new OwnKey(this, 'key', { stage, retain: retainData }) : undefined;
    this.userPool = access === 'iam' ? undefined : new UserPool(this, 'user-pool', props.settings);
    this.tables = mapRecord(tables, (shape: TableShape, name) => this.addTable(name, shape, retainData));
  }

  private addTable(name: TableName, shape: TableShape, retain: boolean): Table {
    const table = new Table(this, name, {
      partitionKey: attribute(shape.partitionKey),
      sortKey: shape.sortKey && attribute(shape.sortKey),
      timeToLiveAttribute: shape.expiry,
      // Traffic of a chat comes in bursts and there is none at night: nobody should have to plan capacity.
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Unlike the default key, uses of the account's own aws/dynamodb key are in its CloudTrail. It needs no grants.
      encryption: this.key === undefined ? TableEncryption.AWS_MANAGED : TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const [indexName, index] of Object.entries(shape.indexes ?? {})) {
      table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: attribute(index.partitionKey),
        sortKey: attribute(index.sortKey),
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
    return table;
  }
}

function attribute({ name, type }: Attribute) {
  return { name, type: type === 'number' ? AttributeType.NUMBER : AttributeType.STRING };
}
