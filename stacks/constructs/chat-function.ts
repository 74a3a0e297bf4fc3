import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  Code,
  Function,
  Runtime,
  Tracing,
  type IFunction,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { tableVariable, type TableName } from '../../handlers/tables';
import {
  ADDRESS_KEY_VARIABLE,
  AGENTS_TOPIC_VARIABLE,
  BUS_VARIABLE,
  CALLBACK_URL_VARIABLE,
  settingVariable,
  TOKEN_CLIENT_ID_VARIABLE,
  TOKEN_ISSUER_VARIABLE,
} from '../../handlers/wiring/environment';
import type { FunctionWiring } from '../../handlers/wiring/row';
import type { Settings } from '../settings';
import { acknowledgeWildcard, listedWildcards } from './listed-wildcards';
import { entriesOf } from './records';
import type { UserPool } from './user-pool';
import type { WebSocket } from './websocket';

export interface ChatFunctionProps {
  readonly wiring: FunctionWiring;
  /** Folder that holds the bundled `index.js`. */
  readonly bundle: string;
  readonly settings: Settings;
  readonly tables: Readonly<Record<TableName, ITable>>;
  readonly bus: IEventBus;
  readonly agents: ITopic;
  readonly websocket: WebSocket;
  /** Keeps events at which a function failed for good. */
  readonly failedEvents: IQueue;
  /** Absent where nobody signs in. */
  readonly userPool?: Pick<UserPool, 'issuer' | 'clientId'> | undefined;
  readonly reservedConcurrency?: number | undefined;
  readonly provisionedConcurrency?: number | undefined;
}

/** A function with its role and its logs. It may and it knows what its wiring row says, and nothing else. */
export class ChatFunction extends Construct {
  /** What callers invoke: the function, or its warm instances where concurrency is provisioned. */
  readonly target: IFunction;
  private readonly role: Role;

  constructor(scope: Construct, name: string, props: ChatFunctionProps) {
    super(scope, name);
    const { wiring } = props;
    const logGroup = new LogGroup(this, 'logs', {
      retention: props.settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    // The ARN of a log group ends in ":*", which stands for its streams.
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    acknowledgeWildcard(this.role, listedWildcards.tracing);
    // The id is the name of the wiring row once more, since that is what people and the local runtime call it.
    const lambda = new Function(this, name, {
      description: wiring.does,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(props.bundle),
      handler: 'index.handler',
      timeout: Duration.seconds(wiring.timeout),
      memorySize: wiring.memory,
      tracing: Tracing.ACTIVE,
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      logGroup,
      deadLetterQueue: wiring.keepsFailedEvents ? props.failedEvents : undefined,
    });
    for (const setting of wiring.settings ?? []) {
      lambda.addEnvironment(settingVariable(setting), String(props.settings[setting]));
    }
    this.bindTables(lambda, props);
    if (wiring.publishes) {
      lambda.addEnvironment(BUS_VARIABLE, props.bus.eventBusName);
      this.allow(['events:PutEvents'], props.bus.eventBusArn);
    }
    if (wiring.alerts) {
      lambda.addEnvironment(AGENTS_TOPIC_VARIABLE, props.agents.topicArn);
      this.allow(['sns:Publish'], props.agents.topicArn);
    }
    // A random part of the stack's id is nowhere in its data, and costs nothing to keep.
    if (wiring.hashesAddresses) lambda.addEnvironment(ADDRESS_KEY_VARIABLE, Aws.STACK_ID);
    if (wiring.verifiesTokens && props.userPool) {
      lambda.addEnvironment(TOKEN_ISSUER_VARIABLE, props.userPool.issuer);
      lambda.addEnvironment(TOKEN_CLIENT_ID_VARIABLE, props.userPool.clientId);
    }
    this.bindSockets(lambda, props);
    this.target = withWarmInstances(lambda, props.provisionedConcurrency);
  }

  private bindTables(lambda: Function, { wiring, tables }: ChatFunctionProps): void {
    for (const [name, actions] of entriesOf(wiring.tables ?? {})) {
      const table = tables[name];
      lambda.addEnvironment(tableVariable(name), table.tableName);
      this.allow(
        actions.map((action) => `dynamodb:${action}`),
        table.tableArn,
      );
      for (const index of wiring.indexes?.[name] ?? []) {
        this.allow(['dynamodb:Query'], `${table.tableArn}/index/${index}`);
      }
    }
  }

  private bindSockets(lambda: Function, { wiring, websocket }: ChatFunctionProps): void {
    if (wiring.sockets === undefined) return;
    lambda.addEnvironment(CALLBACK_URL_VARIABLE, websocket.callbackUrl);
    for (const method of wiring.sockets) {
      const resource = websocket.managementArn(method);
      this.allow(['execute-api:ManageConnections'], resource);
      acknowledgeWildcard(this.role, listedWildcards.openSockets, resource);
    }
  }

  private allow(actions: string[], resource: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }
}

function withWarmInstances(lambda: Function, provisionedConcurrentExecutions: number | undefined): IFunction {
  if (provisionedConcurrentExecutions === undefined) return lambda;
  return new Alias(lambda, 'warm', {
    aliasName: 'warm',
    version: lambda.currentVersion,
    provisionedConcurrentExecutions,
  });
}
