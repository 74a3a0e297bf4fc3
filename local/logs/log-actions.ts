import { asActions } from '../actions';
import type { JsonObject } from '../json/json';
import { defined, flag, integer, page, refuseOthers, requiredText, text, texts } from '../json/members';
import type { Action } from '../service';
import { ServiceError } from '../service';
import { arn } from '../template/resource-model';
import { parseFilterPattern } from './filter-pattern';
import type { LogEvent, LogGroup } from './log-group';
import type { Logs } from './logs';

/** The reading half of the CloudWatch Logs API (Logs_20140328), with its limits and its order of results. */
export function logActions(logs: Logs): Record<string, Action> {
  const groupOf = (input: JsonObject) => {
    const name = text(input, 'logGroupName') ?? requiredText(input, 'logGroupIdentifier');
    return logs.group(name.replace(/^arn:.*?:log-group:/, '').replace(/:\*$/, ''));
  };
  return asActions({
    DescribeLogGroups: (input) => {
      refuseOthers('DescribeLogGroups', input, [
        'logGroupNamePrefix',
        'logGroupNamePattern',
        'nextToken',
        'limit',
      ]);
      const prefix = text(input, 'logGroupNamePrefix') ?? '';
      const pattern = (text(input, 'logGroupNamePattern') ?? '').toLowerCase();
      const found = logs
        .groups()
        .filter((group) => group.name.startsWith(prefix) && group.name.toLowerCase().includes(pattern));
      const limit = integer(input, 'limit', { min: 1, max: 50 }) ?? 50;
      const { items, next } = page(found, limit, text(input, 'nextToken'));
      return defined({ logGroups: items.map(describeGroup), nextToken: next });
    },

    DescribeLogStreams: (input) => {
      refuseOthers('DescribeLogStreams', input, [
        'logGroupName',
        'logGroupIdentifier',
        'logStreamNamePrefix',
        'orderBy',
        'descending',
        'nextToken',
        'limit',
      ]);
      const group = groupOf(input);
      const prefix = text(input, 'logStreamNamePrefix') ?? '';
      const streams = describeStreams(group).filter(({ name }) => name.startsWith(prefix));
      const byTime = text(input, 'orderBy') === 'LastEventTime';
      streams.sort((a, b) => (byTime ? a.last - b.last : a.name < b.name ? -1 : 1));
      if (flag(input, 'descending') === true) streams.reverse();
      const limit = integer(input, 'limit', { min: 1, max: 50 }) ?? 50;
      const { items, next } = page(streams, limit, text(input, 'nextToken'));
      return defined({ logStreams: items.map((stream) => stream.description), nextToken: next });
    },

    GetLogEvents: (input) => {
      refuseOthers('GetLogEvents', input, [
        'logGroupName',
        'logGroupIdentifier',
        'logStreamName',
        'startTime',
        'endTime',
        'nextToken',
        'limit',
        'startFromHead',
        'unmask',
      ]);
      const group = groupOf(input);
      const stream = requiredText(input, 'logStreamName');
      if (!group.events.some((event) => event.stream === stream)) {
        throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
      }
      const { start, end } = timeRange(input);
      const found = byTimestamp(
        group.events.filter(
          (event) => event.stream === stream && event.timestamp >= start && event.timestamp < end,
        ),
      );
      const limit = integer(input, 'limit', { min: 1, max: 10_000 }) ?? 10_000;
      return eventPage(found, limit, text(input, 'nextToken'), flag(input, 'startFromHead') ?? false);
    },

    FilterLogEvents: (input) => {
      refuseOthers('FilterLogEvents', input, [
        'logGroupName',
        'logGroupIdentifier',
        'logStreamNames',
        'logStreamNamePrefix',
        'startTime',
        'endTime',
        'filterPattern',
        'nextToken',
        'limit',
        'interleaved',
        'unmask',
      ]);
      const group = groupOf(input);
      const matches = parseFilterPattern(text(input, 'filterPattern') ?? '');
      const streams = texts(input, 'logStreamNames');
      const prefix = text(input, 'logStreamNamePrefix') ?? '';
      const { start, end } = timeRange(input);
      const found = byTimestamp(
        group.events.filter(
          (event) =>
            (streams.length === 0 || streams.includes(event.stream)) &&
            event.stream.startsWith(prefix) &&
            event.timestamp >= start &&
            event.timestamp <= end &&
            matches(event.message),
        ),
      );
      const limit = integer(input, 'limit', { min: 1, max: 10_000 }) ?? 10_000;
      const { items, next } = page(found, limit, text(input, 'nextToken'));
      return defined({
        events: items.map((event) => ({
          logStreamName: event.stream,
          timestamp: event.timestamp,
          message: event.message,
          ingestionTime: event.ingestionTime,
          eventId: String(event.id).padStart(20, '0'),
        })),
        searchedLogStreams: [],
        nextToken: next,
      });
    },
  });
}

function timeRange(input: JsonObject): { start: number; end: number } {
  const range = { min: 0, max: Number.MAX_SAFE_INTEGER };
  return {
    start: integer(input, 'startTime', range) ?? 0,
    end: integer(input, 'endTime', range) ?? Number.MAX_SAFE_INTEGER,
  };
}

/** Writers may give timestamps out of order; readers get them in order, equal ones as they arrived. */
function byTimestamp(events: LogEvent[]): LogEvent[] {
  return events.sort((a, b) => a.timestamp - b.timestamp || a.id - b.id);
}

/**
 * A page of GetLogEvents: tokens `f/<index>` and `b/<index>` name the place after and before it. At either end
 * the API gives back the token that it was called with, which is how its readers notice the end.
 */
function eventPage(
  events: LogEvent[],
  limit: number,
  token: string | undefined,
  fromHead: boolean,
): JsonObject {
  const [, direction, place] = /^([fb])\/(\d+)$/.exec(token ?? '') ?? [];
  if (token !== undefined && direction === undefined) {
    throw new ServiceError('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const forward = direction === undefined ? fromHead : direction === 'f';
  const from = place === undefined ? (forward ? 0 : events.length) : Math.min(Number(place), events.length);
  const first = forward ? from : Math.max(0, from - limit);
  const after = forward ? Math.min(events.length, from + limit) : from;
  return {
    events: events
      .slice(first, after)
      .map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${after}`,
    nextBackwardToken: `b/${first}`,
  };
}

function describeGroup(group: LogGroup): JsonObject {
  const groupArn = arn('logs', `log-group:${group.name}`);
  return {
    logGroupName: group.name,
    creationTime: group.creationTime,
    metricFilterCount: 0,
    arn: `${groupArn}:*`,
    logGroupArn: groupArn,
    storedBytes: group.events.reduce((sum, event) => sum + Buffer.byteLength(event.message), 0),
  };
}

function describeStreams(group: LogGroup): { name: string; last: number; description: JsonObject }[] {
  const streams = new Map<string, LogEvent[]>();
  for (const event of group.events) {
    const events = streams.get(event.stream);
    if (events === undefined) streams.set(event.stream, [event]);
    else events.push(event);
  }
  return [...streams].map(([name, events]) => {
    const times = events.map((event) => event.timestamp);
    const last = times.reduce((a, b) => Math.max(a, b), 0);
    return {
      name,
      last,
      description: {
        logStreamName: name,
        creationTime: events[0]?.ingestionTime ?? 0,
        firstEventTimestamp: times.reduce((a, b) => Math.min(a, b), last),
        lastEventTimestamp: last,
        lastIngestionTime: events.at(-1)?.ingestionTime ?? 0,
        arn: arn('logs', `log-group:${group.name}:log-stream:${name}`),
        storedBytes: 0,
      },
    };
  });
}
