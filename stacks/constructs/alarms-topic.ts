import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/**
 * Where the operator is told of alarms. Without a key of its own: CloudWatch may not use the one that AWS keeps for SNS
 * (https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns), and an alarm says nothing that anybody said.
 */
export class AlarmsTopic extends Topic {
  /** @param email of the first subscriber; empty for none */
  constructor(scope: Construct, id: string, email: string) {
    super(scope, id, { enforceSSL: true });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== '') this.addSubscription(new EmailSubscription(email));
  }
}
