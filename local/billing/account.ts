import type { JsonObject } from '../json/json';
import { dollarsOf, LOGGING, PRICES, type Unit } from './prices';

interface Line {
  readonly unit: Unit;
  readonly resource: string;
  times: number;
  quantity: number;
}

/** What one trace, or everything together, has used: a line for each unit and resource. */
export class Account {
  readonly #lines = new Map<string, Line>();

  /** @param began milliseconds since the epoch */
  constructor(readonly began: number) {}

  /** @param quantity units, which may be fractions; the line also counts how often it was added to */
  add(unit: Unit, resource: string, quantity: number): void {
    const key = `${unit} ${resource}`;
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, { unit, resource, times: 1, quantity });
    else {
      line.times += 1;
      line.quantity += quantity;
    }
  }

  /** How much of a unit, of all resources together. */
  quantity(unit: Unit): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + (line.unit === unit ? line.quantity : 0), 0);
  }

  /** Units and dollars by service. `dollars` is without logging, which stands beside it. */
  summary(): JsonObject {
    let dollars = 0;
    let loggingDollars = 0;
    const services: Record<string, { dollars: number; units: Record<string, number> }> = {};
    for (const { unit, quantity } of this.#lines.values()) {
      const cost = dollarsOf(unit, quantity);
      if (unit === LOGGING) loggingDollars += cost;
      else dollars += cost;
      const service = (services[PRICES.table[unit].service] ??= { dollars: 0, units: {} });
      service.dollars += cost;
      service.units[unit] = (service.units[unit] ?? 0) + quantity;
    }
    return { began: new Date(this.began).toISOString(), dollars, loggingDollars, services };
  }

  /** The lines, the most expensive first. */
  lines(): JsonObject[] {
    return [...this.#lines.values()]
      .map(({ unit, resource, times, quantity }) => {
        const dollars = dollarsOf(unit, quantity);
        return { service: PRICES.table[unit].service, unit, resource, times, quantity, dollars };
      })
      .sort((a, b) => b.dollars - a.dollars);
  }
}
