import type { FaultRegistry } from '../faults/registry';
import { isObject, type JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';

/** What `GET /faults` answers. */
export function faultsReport(faults: FaultRegistry): JsonObject {
  return {
    seed: faults.seed,
    faults: faults.list().map(({ rule, asked, fired }) => ({ rule, asked, fired })),
  };
}

/**
 * Exchanges the faults of the running process.
 * @param body the rules as text, or JSON `{"faults": "...", "seed": 1}`
 * @throws Error with one line for the person who sent it
 */
export function putFaults(faults: FaultRegistry, body: string): void {
  if (!body.trimStart().startsWith('{')) {
    faults.set(body);
    return;
  }
  const request = parseJson(body);
  const { faults: spec, seed, ...others } = isObject(request) ? request : {};
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`faults and seed can be set, not ${other}`);
  if (typeof spec !== 'string') throw new Error('faults must be a string');
  if (seed !== undefined && !Number.isInteger(seed)) throw new Error('seed must be an integer');
  faults.set(spec, typeof seed === 'number' ? seed : undefined);
}
