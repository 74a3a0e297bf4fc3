import type { JsonObject } from './json/json';
import type { Action, Caller } from './service';

/**
 * A service's actions from functions that may answer at once or later: what they throw becomes a rejection
 * either way.
 */
export function asActions(
  table: Readonly<Record<string, (input: JsonObject, caller: Caller) => JsonObject | Promise<JsonObject>>>,
): Record<string, Action> {
  const actions: Record<string, Action> = {};
  for (const [name, run] of Object.entries(table)) {
    actions[name] = (input, caller) => new Promise((resolve) => resolve(run(input, caller)));
  }
  return actions;
}
