import path from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface MessageCountsProps extends StackProps {
  /** The output `BusName` of Parley's chat stack. */
  readonly busName: string;
}

/** Keeps how many messages each room has had and when the last one came. Parley knows nothing of it. */
export class MessageCounts extends Stack {
  constructor(scope: Construct, id: string, props: MessageCountsProps) {
    super(scope, id, props);
    const table = new Table(this, 'counts', {
      partitionKey: { name: 'roomId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
    });
    const count = new Function(this, 'count-message', {
      runtime: Runtime.NODEJS_24_X,
      code: Code.fromAsset(path.join(__dirname, 'count-message')),
      handler: 'index.handler',
      environment: { COUNTS_TABLE: table.tableName },
    });
    table.grant(count, 'dynamodb:UpdateItem');

    const bus = EventBus.fromEventBusName(this, 'bus', props.busName);
    const uncounted = new Queue(this, 'uncounted', { retentionPeriod: Duration.days(14), enforceSSL: true });
    new Rule(this, 'count-accepted-messages', {
      eventBus: bus,
      // By name: what Parley adds to its bus some day does not come here.
      eventPattern: { source: ['parley'], detailType: ['MessageAccepted'] },
      targets: [
        new LambdaFunction(count, {
          deadLetterQueue: uncounted,
          maxEventAge: Duration.hours(1),
          retryAttempts: 185,
        }),
      ],
    });
  }
}
