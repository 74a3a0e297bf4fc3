import { Duration } from 'aws-cdk-lib';
import { Match, Rule, type IEventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import {
  LambdaFunction,
  SfnStateMachine,
  SqsQueue,
  type TargetBaseProps,
} from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../handlers/chat/events';
import type { FunctionName, QueueName, RuleWiring, WorkflowName } from '../../handlers/wiring';

export interface BusRuleProps {
  readonly wiring: RuleWiring;
  readonly bus: IEventBus;
  readonly workflows: Readonly<Record<WorkflowName, { readonly stateMachine: IStateMachine }>>;
  readonly queues: Readonly<Record<QueueName, IQueue>>;
  readonly functionNamed: (name: FunctionName) => IFunction;
}

/** What happens on some of Parley's events. The target gets the whole event. */
export class BusRule extends Rule {
  constructor(scope: Construct, name: string, props: BusRuleProps) {
    const { wiring, bus, queues } = props;
    super(scope, name, {
      eventBus: bus,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [...wiring.events],
        ...(wiring.without === undefined ? {} : { detail: { [wiring.without]: Match.doesNotExist() } }),
      },
    });
    const delivery = {
      deadLetterQueue: queues['undeliverable-events'],
      // After five minutes the sweep has long started another attempt, and an operator should know.
      maxEventAge: Duration.minutes(5),
      retryAttempts: 185,
    };
    this.addTarget(targetOf(props, delivery));
  }
}

function targetOf(
  { wiring, workflows, queues, functionNamed }: BusRuleProps,
  delivery: TargetBaseProps,
): IRuleTarget {
  if ('starts' in wiring) return new SfnStateMachine(workflows[wiring.starts].stateMachine, delivery);
  if ('runs' in wiring) return new LambdaFunction(functionNamed(wiring.runs), delivery);
  return new SqsQueue(queues[wiring.sendsTo], delivery);
}
