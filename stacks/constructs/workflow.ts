import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { TableName } from '../../handlers/tables';
import type { FunctionName, QueueName, WorkflowName, WorkflowWiring } from '../../handlers/wiring';
import type { Settings } from '../settings';
import { acknowledgeWildcard, listedWildcards } from './listed-wildcards';
import { entriesOf } from './records';
import { pascalCase, readDefinition } from './workflow-definition';

export interface WorkflowProps {
  readonly wiring: WorkflowWiring;
  readonly definitionFile: string;
  readonly settings: Settings;
  readonly functionNamed: (name: FunctionName) => IFunction;
  readonly tables: Readonly<Record<TableName, ITable>>;
  readonly queues: Readonly<Record<QueueName, IQueue>>;
  /** The workflow that `wiring.starts` names. */
  readonly starts?: StateMachine | undefined;
}

/**
 * A state machine from its ASL file, with its role and its logs. An ASL file derives no permissions, so they come
 * from the wiring row, as the values of its placeholders do.
 */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  /** Where an operator sees its executions. */
  readonly consoleUrl: string;
  private readonly role: Role;

  constructor(scope: Construct, name: WorkflowName, props: WorkflowProps) {
    super(scope, name);
    const { settings, wiring } = props;
    this.role = new Role(this, 'role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    const { definition, substitutions } = readDefinition(props.definitionFile, {
      wired: this.bind(props),
      settings: { OutboxSeconds: String(settings.outboxDays * 86_400) },
    });
    this.stateMachine = new StateMachine(this, name, {
      stateMachineType: StateMachineType[wiring.type],
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: substitutions,
      role: this.role,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'logs', {
          // Only with this prefix does the resource policy for log delivery not grow with each state machine.
          logGroupName: `/aws/vendedlogs/states/parley-${settings.stage}-${name}`,
          retention: settings.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel[settings.executionLogging],
        // Payloads carry ids and counts, never text or names, so they may be logged.
        includeExecutionData: true,
      },
    });
    acknowledgeWildcard(this.role, listedWildcards.tracing);
    acknowledgeWildcard(this.role, listedWildcards.executionLogDelivery);
    if (settings.executionLogging !== 'ALL') {
      Validations.of(this.stateMachine).acknowledge({
        id: 'AwsSolutions::AwsSolutions-SF1',
        reason: 'The owner chose with the setting executionLogging to log less, which costs less.',
      });
    }
    if (wiring.distributes) this.allowChildren();
    const { region } = Stack.of(this);
    this.consoleUrl = `https://${region}.console.aws.amazon.com/states/home?region=${region}#/statemachines/view/${this.stateMachine.stateMachineArn}`;
  }

  /** Grants what the wiring row names; gives the value of each thing's placeholder. */
  private bind({ wiring, functionNamed, tables, queues, starts }: WorkflowProps): Record<string, string> {
    const values: Record<string, string> = {};
    for (const step of wiring.steps) {
      const { functionArn } = functionNamed(step);
      this.allow(['lambda:InvokeFunction'], functionArn);
      values[pascalCase(step)] = functionArn;
    }
    for (const [name, actions] of entriesOf(wiring.tables ?? {})) {
      this.allow(
        actions.map((action) => `dynamodb:${action}`),
        tables[name].tableArn,
      );
      values[`${name}Table`] = tables[name].tableName;
    }
    for (const name of wiring.queues ?? []) {
      this.allow(['sqs:SendMessage'], queues[name].queueArn);
      values[`${pascalCase(name)}Queue`] = queues[name].queueUrl;
    }
    if (wiring.starts !== undefined) {
      if (starts === undefined)
        throw new Error(`${this.node.id} starts ${wiring.starts}, which was not given to it`);
      this.allow(['states:StartExecution'], starts.stateMachineArn);
      values[pascalCase(wiring.starts)] = starts.stateMachineArn;
    }
    return values;
  }

  /**
   * A Distributed Map starts its children as executions of its own state machine.
   * A policy apart, since the machine waits for its role's own policy, which cannot in turn wait for the machine.
   * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
   */
  private allowChildren(): void {
    const { stateMachineArn, stateMachineName } = this.stateMachine;
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const policy = new Policy(this, 'children', {
      roles: [this.role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
        new PolicyStatement({
          actions: [...listedWildcards.ownExecutions.actions],
          resources: [executions],
        }),
      ],
    });
    acknowledgeWildcard(policy, listedWildcards.ownExecutions, executions);
  }

  private allow(actions: string[], resource: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }
}
