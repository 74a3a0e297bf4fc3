import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Invokes a function by the clock. */
export class ScheduleRule extends Rule {
  constructor(scope: Construct, name: string, everyMinutes: number, target: IFunction) {
    super(scope, name, { schedule: Schedule.rate(Duration.minutes(everyMinutes)) });
    // A missed or failed run is made good by the next one; a late one would only run beside it. The rule gives up on
    // delivering at once, and so does Lambda, which would otherwise run a function that threw twice more.
    target.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    this.addTarget(new LambdaFunction(target, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }));
  }
}
