import path from 'node:path';
import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { TableName } from '../handlers/tables';
import { AUTHORIZER, functions, httpRoutes, routes, rules, schedules, workflows } from '../handlers/wiring';
import type { FunctionName, QueueName, WorkflowWiring } from '../handlers/wiring';
import type { FunctionWiring } from '../handlers/wiring/row';
import { AgentsTopic } from './constructs/agents-topic';
import { AlarmsTopic } from './constructs/alarms-topic';
import { bundledFunctions } from './constructs/bundled-functions';
import { BusRule } from './constructs/bus-rule';
import { ChatFunction } from './constructs/chat-function';
import { HttpApi } from './constructs/http-api';
import { encryptWith } from './constructs/own-key';
import { QueueWithAlarm } from './constructs/queue-with-alarm';
import { entriesOf, mapRecord } from './constructs/records';
import { ScheduleRule } from './constructs/schedule-rule';
import type { UserPool } from './constructs/user-pool';
import { WebSocket } from './constructs/websocket';
import { Workflow } from './constructs/workflow';
import type { Settings } from './settings';

const ROOT = path.join(__dirname, '..');

/** What each queue holds, for whoever gets its alarm. */
const QUEUES: Readonly<Record<QueueName, string>> = {
  'undeliverable-events':
    'Events that did not reach their target for five minutes, or whose function failed three times.',
  'failed-fanouts': 'Messages whose fan-out was given up or was not valid. They are kept in the outbox.',
};

export interface ChatStackProps extends StackProps {
  readonly settings: Settings;
  readonly tables: Readonly<Record<TableName, ITable>>;
  /** Absent where nobody signs in. */
  readonly userPool: UserPool | undefined;
  /** Encrypts what is stored here; absent with keys that AWS keeps. */
  readonly key: IKey | undefined;
}

/** Everything that moves messages. It holds no data and can be deleted and deployed again. */
export class ChatStack extends Stack {
  /** What the browser app must know, as it asks for it at `/config.json`. */
  readonly webConfig: Readonly<Record<string, unknown>>;

  constructor(scope: Construct, id: string, props: ChatStackProps) {
    super(scope, id, props);
    const { settings, tables, userPool, key } = props;
    if (key !== undefined) encryptWith(key, this);
    if (settings.access === 'guests') warnOfGuests(this);

    const alarms = new AlarmsTopic(this, 'alarms', settings.alarmEmail);
    const queues = mapRecord(
      QUEUES,
      (meaning, name) => new QueueWithAlarm(this, name, { meaning, alarms }).queue,
    );
    const agents = new AgentsTopic(this, 'agents', settings.agentsEmail);
    const bus = new EventBus(this, 'bus');
    const websocket = new WebSocket(this, 'websocket', settings);

    const bundles = bundledFunctions(mapRecord(functions, ({ entry }: FunctionWiring) => entry));
    const targets = new Map<FunctionName, IFunction>();
    for (const [name, wiring] of entriesOf<FunctionName, FunctionWiring>(functions)) {
      if (wiring.whereSignedIn && userPool === undefined) continue;
      const { target } = new ChatFunction(this, name, {
        wiring,
        bundle: path.join(bundles, name),
        settings,
        tables,
        bus,
        agents,
        websocket,
        failedEvents: queues['undeliverable-events'],
        userPool,
        ...concurrency(name, settings),
      });
      targets.set(name, target);
    }
    const functionNamed = (name: FunctionName): IFunction => {
      const target = targets.get(name);
      if (target === undefined) throw new Error(`${name} is called where it is not deployed`);
      return target;
    };
    if (userPool === undefined) websocket.authorizeByIam();
    else websocket.authorizeWith(functionNamed(AUTHORIZER));
    for (const [key, route] of entriesOf(routes)) {
      const target = targets.get(route.function);
      if (target !== undefined) websocket.route(key, target, 'replies' in route);
    }
    for (const [name, schedule] of entriesOf(schedules)) {
      const target = targets.get(schedule.function);
      if (target !== undefined) new ScheduleRule(this, name, schedule.everyMinutes, target);
    }

    const workflow = (name: keyof typeof workflows, starts?: Workflow) => {
      const wiring: WorkflowWiring = workflows[name];
      return new Workflow(this, name, {
        wiring,
        definitionFile: path.join(ROOT, 'statemachines', wiring.definition),
        settings,
        functionNamed,
        tables,
        queues,
        starts: starts?.stateMachine,
      });
    };
    const broadcast = workflow('broadcast');
    const fanOut = workflow('fan-out', broadcast);
    const erasePerson = workflow('erase-person');
    for (const [name, wiring] of entriesOf(rules)) {
      new BusRule(this, name, {
        wiring,
        bus,
        queues,
        workflows: { 'fan-out': fanOut, broadcast, 'erase-person': erasePerson },
        functionNamed,
      });
    }

    this.webConfig = {
      websocketUrl: websocket.url,
      room: settings.defaultRoom,
      guests: settings.access === 'guests',
      iceServers: settings.iceServers,
      ...(userPool && this.addSignIn(userPool, functionNamed, settings)),
    };
    this.output('WebSocketUrl', websocket.url, 'Where clients connect, e.g. with wscat -c');
    this.output('CallbackUrl', websocket.callbackUrl, 'Endpoint of the management API, @connections');
    this.output('FanOutConsole', fanOut.consoleUrl, 'Executions of each message');
    this.output('BroadcastConsole', broadcast.consoleUrl, 'Executions of messages to large rooms');
    this.output('ErasePersonArn', erasePerson.stateMachine.stateMachineArn, 'Erases a person: npm run erase');
    this.output('BusName', bus.eventBusName, 'Put rules of your own on it, see docs/events.md');
    this.output('AgentsTopicArn', agents.topicArn, 'Subscribe here to be alerted');
    this.output('AlarmsTopicArn', alarms.topicArn, 'Subscribe here to be told of alarms');
    this.output(
      'UndeliverableEventsUrl',
      queues['undeliverable-events'].queueUrl,
      QUEUES['undeliverable-events'],
    );
    this.output('FailedFanoutsUrl', queues['failed-fanouts'].queueUrl, QUEUES['failed-fanouts']);
  }

  /** What people who sign in need beside the socket; gives what the browser app must know of it. */
  private addSignIn(
    userPool: UserPool,
    functionNamed: (name: FunctionName) => IFunction,
    settings: Settings,
  ): Readonly<Record<string, unknown>> {
    const http = new HttpApi(this, 'http', settings);
    for (const [key, name] of entriesOf(httpRoutes)) http.route(key, functionNamed(name));
    this.output('HttpUrl', http.url, 'Where pages ask for tickets and sign out');
    this.output('UserPoolId', userPool.userPoolId, 'Who may sign in, see npm run user');
    this.output('UserPoolClientId', userPool.clientId, 'The app that people sign in to');
    this.output('SignInUrl', userPool.signInUrl, 'The hosted sign-in');
    return { httpUrl: http.url, signIn: { url: userPool.signInUrl, clientId: userPool.clientId } };
  }

  private output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}

/** Only the function that callers wait for may have capacity of its own. */
function concurrency(name: FunctionName, settings: Settings) {
  if (name !== 'accept-message') return {};
  const { reservedConcurrency, provisionedConcurrency } = settings;
  return { reservedConcurrency, provisionedConcurrency };
}

function warnOfGuests(stack: Stack): void {
  Annotations.of(stack).addWarningV2(
    'parley:guests',
    'Access is for guests too: anybody who knows the address may connect, under any name.',
  );
}
