import path from 'node:path';
import { Annotations, App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { TableName } from '../handlers/tables';
import { functions, routes, rules, schedules, workflows } from '../handlers/wiring';
import type { FunctionName, FunctionWiring, QueueName, WorkflowWiring } from '../handlers/wiring';
import { AgentsTopic } from './constructs/agents-topic';
import { bundleFunctions } from './constructs/bundled-functions';
import { BusRule } from './constructs/bus-rule';
import { ChatFunction } from './constructs/chat-function';
import { QueueWithAlarm } from './constructs/queue-with-alarm';
import { entriesOf, mapRecord } from './constructs/records';
import { ScheduleRule } from './constructs/schedule-rule';
import { WebSocket } from './constructs/websocket';
import { Workflow } from './constructs/workflow';
import type { Settings } from './settings';

const ROOT = path.join(__dirname, '..');

/** What each queue holds, for whoever gets its alarm. */
const QUEUES: Readonly<Record<QueueName, string>> = {
  'undeliverable-events': 'Events that could not start their workflow for five minutes.',
  'failed-fanouts': 'Messages whose fan-out was given up or was not valid. They are kept in the outbox.',
};

export interface ChatStackProps extends StackProps {
  readonly settings: Settings;
  readonly tables: Readonly<Record<TableName, ITable>>;
}

/** Everything that moves messages. It holds no data and can be deleted and deployed again. */
export class ChatStack extends Stack {
  constructor(scope: Construct, id: string, props: ChatStackProps) {
    super(scope, id, props);
    const { settings, tables } = props;
    warnOfGuests(this);

    const queues = mapRecord(QUEUES, (meaning, name) => new QueueWithAlarm(this, name, meaning).queue);
    const agents = new AgentsTopic(this, 'agents', settings.agentsEmail);
    const bus = new EventBus(this, 'bus');
    const websocket = new WebSocket(this, 'websocket', settings);

    const bundles = this.bundle();
    const chatFunctions = mapRecord(
      functions,
      (wiring: FunctionWiring, name) =>
        new ChatFunction(this, name, {
          wiring,
          bundle: path.join(bundles, name),
          settings,
          tables,
          bus,
          agents,
          websocket,
          ...concurrency(name, settings),
        }),
    );
    for (const [key, route] of entriesOf(routes)) {
      websocket.route(key, chatFunctions[route.function].target, 'replies' in route);
    }
    for (const [name, schedule] of entriesOf(schedules)) {
      new ScheduleRule(this, name, schedule.everyMinutes, chatFunctions[schedule.function].target);
    }

    const workflow = (name: keyof typeof workflows, starts?: Workflow) => {
      const wiring: WorkflowWiring = workflows[name];
      return new Workflow(this, name, {
        wiring,
        definitionFile: path.join(ROOT, 'statemachines', wiring.definition),
        settings,
        functions: chatFunctions,
        tables,
        queues,
        starts: starts?.stateMachine,
      });
    };
    const broadcast = workflow('broadcast');
    const fanOut = workflow('fan-out', broadcast);
    for (const [name, wiring] of entriesOf(rules)) {
      new BusRule(this, name, { wiring, bus, queues, workflows: { 'fan-out': fanOut, broadcast } });
    }

    this.output('WebSocketUrl', websocket.url, 'Where clients connect, e.g. with wscat -c');
    this.output('CallbackUrl', websocket.callbackUrl, 'Endpoint of the management API, @connections');
    this.output('FanOutConsole', fanOut.consoleUrl, 'Executions of each message');
    this.output('BroadcastConsole', broadcast.consoleUrl, 'Executions of messages to large rooms');
    this.output('BusName', bus.eventBusName, 'Put rules of your own on it, see docs/events.md');
    this.output('AgentsTopicArn', agents.topicArn, 'Subscribe here to be alerted');
    this.output(
      'UndeliverableEventsUrl',
      queues['undeliverable-events'].queueUrl,
      QUEUES['undeliverable-events'],
    );
    this.output('FailedFanoutsUrl', queues['failed-fanouts'].queueUrl, QUEUES['failed-fanouts']);
  }

  /** Bundles every function; gives the folder that holds one folder for each. */
  private bundle(): string {
    const assembly = App.of(this)?.assetOutdir;
    if (assembly === undefined) throw new Error('a chat stack needs an app to put its bundles into');
    const folder = path.resolve(assembly, 'bundles');
    const entries = mapRecord(functions, ({ entry }: FunctionWiring) => entry);
    bundleFunctions(entries, path.join(ROOT, 'handlers'), folder);
    return folder;
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
    'Access is for guests: anybody who knows the address may connect, under any name.',
  );
}
