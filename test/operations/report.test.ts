import { reportLines, type Delivery } from '../../bin/operations/report';
import type { AttemptSummary } from '../../handlers/chat/fan-out/explanation';
import type { FanOutStatus } from '../../handlers/chat/messages';
import { aPlan } from '../support/memory/examples';

const NOW = Date.UTC(2026, 10, 20, 9, 0, 0);
const status: FanOutStatus = {
  ...{ state: 'open', attempt: 1, senderId: 'u_s', origin: 'o=', echo: false },
  ...{ acceptedAt: NOW - 60_000, archivedAt: NOW - 59_000, dueAt: NOW + 1000 },
};
const attempt: AttemptSummary = {
  ...{ attempt: 1, due: [0], posted: 2, gone: 0, failed: {}, unknown: 0, unfinished: [], notBegun: [] },
};
const delivery: Delivery = {
  ...{
    messageId: 'r_x.1',
    status,
    plan: aPlan(),
    attempts: [attempt],
    executions: [],
    bill: undefined,
    people: [],
  },
};
const lines = (over: Partial<Delivery> = {}) =>
  reportLines({ ...delivery, ...over }, NOW).map((line) => line.trim());

describe('the report on a message', () => {
  it.each<[string, Partial<FanOutStatus>, string]>([
    ['an open one', {}, 'open, after 1 attempt; accepted 2026-11-20T08:59:00.000Z'],
    ['when it is due', {}, 'next attempt, or end of the lease of the last, 2026-11-20T09:00:01.000Z'],
    ['one that nobody has claimed', { attempt: 0 }, 'due 2026-11-20T09:00:01.000Z'],
    ['an overdue one', { dueAt: NOW }, 'overdue since 2026-11-20T09:00:00.000Z'],
    ['a closed one', { state: 'closed', closedAt: NOW }, 'closed 2026-11-20T09:00:00.000Z'],
    ['a parked one', { state: 'parked' }, 'parked: no attempt is due any more; npm run redrive puts it back'],
    ['its last failure', { lastFailure: 'recipients_missed' }, 'last failure: recipients_missed'],
    ['a redrive', { redrivenAt: NOW }, 'redriven by an operator 2026-11-20T09:00:00.000Z'],
  ])('tells %s', (_, over, line) => {
    expect(lines({ status: { ...status, ...over } })).toContain(line);
  });

  it('tells one that ChatHistory lacks, and one that has expired', () => {
    const { archivedAt, ...unarchived } = status;
    expect(archivedAt).toBeDefined();
    expect(lines({ status: unarchived })).toContain('not in ChatHistory yet');
    expect(lines()).not.toContain('not in ChatHistory yet');
    expect(lines({ status: undefined })[1]).toMatch(/^not in the outbox/);
  });

  it('tells the plan, or that there is none', () => {
    const plan = aPlan({ tier: 'broadcast', parts: 12, size: 20_000, workers: 12, postsPerSecond: 583 });
    expect(lines({ plan })).toContain(
      'broadcast: 12 parts for about 20000 connections, 12 workers at 583 posts a second each',
    );
    expect(lines({ plan: undefined, attempts: [] })).toContain('none yet');
  });

  it('tells outcomes, and which parts lack one, a thousand of them in a few', () => {
    const failed = { status_500: 2, not_open: 1 };
    const all = Array.from({ length: 1000 }, (_, part) => part);
    const told = lines({ attempts: [{ ...attempt, failed, unknown: 5, unfinished: [3], notBegun: all }] });
    expect(told).toContain(
      'attempt 1: posted 2, gone 0, failed 3 (2 status_500, 1 not_open), unknown about 5',
    );
    expect(told).toContain('not finished: part 3; the worker died there, or is still at it');
    expect(told).toContainEqual(expect.stringMatching(/^not begun: parts 0, 1, .* 19 and 980 more$/));
    expect(lines({ attempts: [{ ...attempt, due: [] }] })).toContain('nobody was left to post to');
  });

  it('tells executions by name, state and address', () => {
    const executionArn = 'arn:aws:states:us-east-1:1:execution:broadcast:r_x.1-1';
    const one = {
      workflow: 'broadcast',
      executionArn,
      startedAt: NOW,
      status: 'FAILED',
      error: 'Oops',
    } as const;
    expect(lines({ executions: [one] })).toContain(
      `broadcast FAILED (Oops) 2026-11-20T09:00:00.000Z  ${executionArn}`,
    );
  });

  it('tells the bill by service for a million messages, and where there is none', () => {
    const trace = '1-5759e988-bd862e3fe1be46a994272793';
    const services = [
      { service: 'API Gateway', dollars: 12e-6, used: [{ quantity: 12, unit: 'messages of 32 KB' }] },
      {
        service: 'Lambda',
        dollars: 2.5e-6,
        used: [
          { quantity: 4, unit: 'invocations' },
          { quantity: 0.123456, unit: 'GB-seconds' },
        ],
      },
    ];
    const prices = { date: '2026-11-20', region: 'us-east-1' };
    const bill = { prices, traces: [{ trace, dollars: 14.5e-6, loggingDollars: 1e-6, services }] };
    const told = lines({ bill });
    expect(told).toContain('$14.50 for a million such messages, and $1.00 for their logs');
    expect(told).toContain(`trace ${trace}, by the prices of 2026-11-20 in us-east-1`);
    expect(told).toContain('API Gateway $12.00: 12 messages of 32 KB');
    expect(told).toContain('Lambda $2.50: 4 invocations; 0.123 GB-seconds');
    expect(lines({ bill: { prices, traces: [] } })).toContainEqual(
      expect.stringMatching(/^nothing: the meter/),
    );
    expect(lines({ bill: undefined })).toContainEqual(
      expect.stringMatching(/^not known: only the local runtime/),
    );
  });

  it('tells of a person who was absent, unknown or in no plan', () => {
    const fate = { parts: [7], connections: [], diedIn: [] };
    const told = lines({
      people: [
        { userId: 'u_1', fate: { ...fate, others: 'absent' } },
        { userId: 'u_2', fate: { ...fate, others: 'unknown', diedIn: [{ part: 7, attempts: [1, 2] }] } },
        { userId: 'u_3', fate: undefined },
      ],
    });
    expect(told).toContain('not in the audience then (part 7)');
    expect(told).toContain('unknown: its worker died before it said (part 7)');
    expect(told).toContain('attempts that died over part 7: 1, 2');
    expect(told).toContain('nothing is known: there is no plan');
  });
});
