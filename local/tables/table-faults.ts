import { setTimeout as wait } from 'node:timers/promises';
import type { Fault, Faults } from '../faults/faults';
import { isObject, type JsonObject } from '../json/json';
import { ServiceError } from '../service';
import { PastView, type RecentWrites } from './recent-writes';

/** The tables that a data operation names, in one way or the other. */
export function tablesOf(input: JsonObject): string[] {
  if (typeof input.TableName === 'string') return [input.TableName];
  return isObject(input.RequestItems) ? Object.keys(input.RequestItems) : [];
}

/**
 * `table.write` and `table.conditional`, before a write is looked at: slow, or failed without effect.
 * @param subjectOf the construct id of a table, by which rules name it
 */
export async function applyWriteFaults(
  faults: Faults,
  input: JsonObject,
  subjectOf: (table: string) => string,
): Promise<void> {
  for (const table of tablesOf(input)) {
    const fault = faults.at('table.write', subjectOf(table));
    if (fault?.effect === 'fail') {
      throw new ServiceError(
        'InternalServerError',
        `Injected fault: a write to ${subjectOf(table)} failed`,
        500,
      );
    }
    if (fault !== undefined) await slow(fault);
    if (input.ConditionExpression !== undefined) {
      const conditional = faults.at('table.conditional', subjectOf(table));
      if (conditional !== undefined) await slow(conditional);
    }
  }
}

/** `table.read`: what an eventually consistent read sees of the past; undefined is the present. */
export function pastOfRead(
  faults: Faults,
  input: JsonObject,
  subjectOf: (table: string) => string,
  recent: RecentWrites,
): PastView | undefined {
  let past: PastView | undefined;
  for (const table of tablesOf(input)) {
    const request = isObject(input.RequestItems) ? input.RequestItems[table] : input;
    if (isObject(request) && request.ConsistentRead === true) continue;
    const fault = faults.at('table.read', subjectOf(table));
    if (fault === undefined) continue;
    if (fault.effect !== 'stale') throw unknownEffect(fault);
    const images = recent.asOf(table, fault.milliseconds()).images;
    past = new PastView(new Map([...(past?.images ?? []), ...images]));
  }
  return past;
}

async function slow(fault: Fault): Promise<void> {
  if (fault.effect !== 'slow') throw unknownEffect(fault);
  await wait(fault.milliseconds(), undefined, { ref: false });
}

function unknownEffect(fault: Fault): Error {
  return new Error(`Tables do not know the fault effect "${fault.effect}"`);
}
