import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A queue where failures end and wait for a person: as soon as there is one, its alarm goes off. */
export class QueueWithAlarm extends Construct {
  readonly queue: Queue;

  /** @param name also the heading of docs/runbook.md that says what to do */
  constructor(scope: Construct, name: string, { meaning, alarms }: { meaning: string; alarms: ITopic }) {
    super(scope, name);
    this.queue = new Queue(this, name, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'Nothing consumes this queue by itself: it is a dead-letter queue, watched by an alarm.',
    });
    const alarm = new Alarm(this, 'not-empty', {
      alarmDescription: `${meaning} See "${name}" in docs/runbook.md.`,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      // SQS stops reporting a queue that has been empty for hours, which is good.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(alarms));
  }
}
