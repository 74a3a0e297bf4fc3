import { createAgentAlerts } from '../../handlers/aws/agent-alerts';
import { createAudience } from '../../handlers/aws/audience';
import { createChatHistory } from '../../handlers/aws/chat-history';
import { createConnections } from '../../handlers/aws/connections';
import { createDedupe } from '../../handlers/aws/dedupe';
import { createEventBus } from '../../handlers/aws/event-bus';
import { createLedger } from '../../handlers/aws/ledger';
import { createLimits } from '../../handlers/aws/limits';
import { createMembers } from '../../handlers/aws/members';
import { createOutbox } from '../../handlers/aws/outbox';
import { createPersonalData } from '../../handlers/aws/personal-data';
import { createRooms } from '../../handlers/aws/rooms';
import { createTickets } from '../../handlers/aws/tickets';
import { createUsers } from '../../handlers/aws/users';
import type { ChatEvent } from '../../handlers/chat/events';
import { TestClock } from '../support/memory/clock';
import { agentAlertsContract } from './agent-alerts.contract';
import { audienceContract } from './audience.contract';
import { chatHistoryContract } from './chat-history.contract';
import { connectionsContract } from './connections.contract';
import { dedupeContract } from './dedupe.contract';
import { eventBusContract } from './event-bus.contract';
import { ledgerContract } from './ledger.contract';
import { startLocalAws, workflowWrites, type LocalAws } from './local-aws';
import { limitsContract } from './limits.contract';
import { membersContract } from './members.contract';
import { outboxContract } from './outbox.contract';
import { personalDataContract } from './personal-data.contract';
import { roomsContract } from './rooms.contract';
import { ticketsContract } from './tickets.contract';
import { usersContract } from './users.contract';

const clock = new TestClock();
let aws: LocalAws;

beforeAll(async () => {
  aws = await startLocalAws(clock);
});
beforeEach(() => {
  clock.time = new TestClock().time;
  aws.faults.set('');
});
afterAll(() => aws.close());

connectionsContract('on DynamoDB', () => ({ connections: createConnections(clock.now), clock }));
usersContract('on DynamoDB', () => ({ users: createUsers(clock.now), clock }));
ticketsContract('on DynamoDB', () => ({ tickets: createTickets(), clock }));
membersContract('on DynamoDB', () => ({ members: createMembers(clock.now), clock }));
limitsContract('on DynamoDB', () => ({ limits: createLimits(), clock }));
audienceContract('on DynamoDB', () => ({ audience: createAudience(clock.now), clock }));
dedupeContract('on DynamoDB', () => ({ dedupe: createDedupe(clock.now), clock }));
ledgerContract('on DynamoDB', () => createLedger(clock.now));

roomsContract('on DynamoDB', () => ({
  rooms: createRooms(),
  raiseHead: (...head) => workflowWrites().raiseHead(...head),
}));

outboxContract('on DynamoDB', () => ({
  outbox: createOutbox(clock.now),
  clock,
  close: (...entry) => workflowWrites().close(...entry),
  sweepExpired: () => aws.tables.deleteExpired(),
}));

chatHistoryContract('on DynamoDB', () => ({ history: createChatHistory() }));

personalDataContract('on DynamoDB', () => ({
  // So small that most pages are empty.
  personalData: createPersonalData({ pageRows: 3 }),
  history: createChatHistory(),
  outbox: createOutbox(clock.now),
  rooms: createRooms(),
  members: createMembers(clock.now),
  users: createUsers(clock.now),
  connections: createConnections(clock.now),
  audience: createAudience(clock.now),
  dedupe: createDedupe(clock.now),
  ledger: createLedger(clock.now),
  limits: createLimits(),
  tickets: createTickets(),
  clock,
}));

const BUS_FAULTS = { takes: '', refuses: 'bus.put:fail', fails: 'bus.put:refuse' };

eventBusContract('on EventBridge', () => ({
  bus: createEventBus(),
  arrived: () => aws.events.map(eventOf),
  state: (state) => aws.faults.set(BUS_FAULTS[state]),
  tries: () => aws.faults.list().reduce((sum, { fired }) => sum + fired, 0),
}));

agentAlertsContract('on SNS', () => ({
  alerts: createAgentAlerts(),
  published: () =>
    aws.topics.published(aws.topicArn).map(({ subject = '', message, attributes }) => ({
      subject,
      text: message,
      roomId: (attributes as { roomId: { StringValue: string } }).roomId.StringValue,
      messageId: (attributes as { messageId: { StringValue: string } }).messageId.StringValue,
    })),
}));

/** What a rule hands to its target: the event's envelope, as the input of an execution. */
function eventOf({ input }: { input?: unknown }): ChatEvent {
  const { 'detail-type': type, detail } = JSON.parse(String(input)) as Record<string, unknown>;
  return { type, detail } as ChatEvent;
}
