import { asActions } from '../actions';
import { isObject, type JsonObject } from '../json/json';
import { defined, integer, objects, page, refuseOthers, requiredText, text } from '../json/members';
import { parseJson } from '../json/parse-json';
import type { Action } from '../service';
import { ServiceError } from '../service';
import { arn } from '../template/resource-model';
import type { Bus } from './bus';
import { parseEventPattern } from './event-pattern';
import type { Rule } from './rule';

/** The EventBridge API (2015-10-07): PutEvents, TestEventPattern and what reads buses, rules and targets. */
export function busActions(bus: Bus): Record<string, Action> {
  const busName = (input: JsonObject) => nameOf(text(input, 'EventBusName') ?? 'default');
  const rule = (input: JsonObject, member: string): Rule => {
    const name = requiredText(input, member);
    const found = bus.rules(busName(input)).find((one) => one.name === name);
    if (found === undefined) {
      throw new ServiceError('ResourceNotFoundException', `Rule ${name} does not exist.`);
    }
    return found;
  };
  const limit = (input: JsonObject) => integer(input, 'Limit', { min: 1, max: 100 }) ?? 100;
  return asActions({
    PutEvents: (input, { trace }) => {
      refuseOthers('PutEvents', input, ['Entries']);
      return bus.put(objects(input, 'Entries'), trace);
    },
    TestEventPattern: (input) => {
      const event = parseJson(requiredText(input, 'Event'));
      const pattern = parseJson(requiredText(input, 'EventPattern'));
      if (!isObject(event) || !isObject(pattern)) {
        throw new ServiceError(
          'InvalidEventPatternException',
          'Event and EventPattern must be JSON objects.',
        );
      }
      return { Result: matches(pattern, event) };
    },
    ListRules: (input) => {
      const prefix = text(input, 'NamePrefix') ?? '';
      const rules = bus.rules(busName(input)).filter((one) => one.name.startsWith(prefix));
      const { items, next } = page(rules, limit(input), text(input, 'NextToken'));
      return defined({ Rules: items.map(describeRule), NextToken: next });
    },
    DescribeRule: (input) => describeRule(rule(input, 'Name')),
    ListTargetsByRule: (input) => {
      const { items, next } = page(rule(input, 'Rule').targets, limit(input), text(input, 'NextToken'));
      return defined({ Targets: items.map((target) => target.source), NextToken: next });
    },
    DescribeEventBus: (input) => {
      const name = nameOf(text(input, 'Name') ?? 'default');
      bus.rules(name);
      return describeBus(name);
    },
    ListEventBuses: (input) => {
      const prefix = text(input, 'NamePrefix') ?? '';
      const names = bus.buses().filter((name) => name.startsWith(prefix));
      const { items, next } = page(names, limit(input), text(input, 'NextToken'));
      return defined({ EventBuses: items.map(describeBus), NextToken: next });
    },
  });
}

function matches(pattern: JsonObject, event: JsonObject): boolean {
  try {
    return parseEventPattern(pattern)(event);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
  }
}

/** A bus may be given by its name or its ARN. */
function nameOf(bus: string): string {
  return bus.split('/').at(-1) ?? bus;
}

function describeBus(name: string): JsonObject {
  return { Name: name, Arn: arn('events', `event-bus/${name}`) };
}

function describeRule(rule: Rule): JsonObject {
  return defined({
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: rule.busName,
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
    Description: rule.description,
    EventPattern: rule.pattern === undefined ? undefined : JSON.stringify(rule.pattern.source),
    ScheduleExpression: rule.schedule?.expression,
  });
}
