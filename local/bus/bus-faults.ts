import type { Faults } from '../faults/faults';
import { ServiceError } from '../service';

/** Where the bus can be made to fail, and the effects that it knows there. */
export const busFaults = {
  /**
   * `bus.put[bus]`: `refuse` fails the request, `fail` each of its entries.
   * @returns the error of each entry, if any
   * @throws InternalException (500) for `refuse`
   */
  put(faults: Faults, busName: string): ServiceError | undefined {
    const fault = faults.at('bus.put', busName);
    switch (fault?.effect) {
      case undefined:
        return undefined;
      case 'refuse':
        throw new ServiceError('InternalException', 'This exception occurs due to unexpected causes.', 500);
      case 'fail':
        return new ServiceError('InternalFailure', 'An internal failure occurred.', 500);
      default:
        throw new Error(`bus.put has no effect ${fault?.effect}; it has refuse and fail`);
    }
  },

  /**
   * `bus.deliver[rule]`: `delay(500ms)` holds an event back, `reorder(200ms)` for a random part of that time,
   * `repeat(3)` delivers it three times in all (twice unless told), `lose` never.
   * @returns how often to deliver, and after how many real milliseconds
   */
  deliver(
    faults: Faults,
    ruleConstructId: string,
    random: () => number,
  ): { readonly times: number; readonly holdBack: number } {
    const fault = faults.at('bus.deliver', ruleConstructId);
    switch (fault?.effect) {
      case undefined:
        return { times: 1, holdBack: 0 };
      case 'delay':
        return { times: 1, holdBack: fault?.milliseconds() ?? 0 };
      case 'reorder':
        return { times: 1, holdBack: (fault?.milliseconds() ?? 0) * random() };
      case 'lose':
        return { times: 0, holdBack: 0 };
      case 'repeat': {
        const times = Number(fault?.argument || '2');
        if (!Number.isInteger(times) || times < 1)
          throw new Error(`bus.deliver:repeat needs a count, as in repeat(3)`);
        return { times, holdBack: 0 };
      }
      default:
        throw new Error(`bus.deliver has no effect ${fault?.effect}; it has delay, reorder, repeat and lose`);
    }
  },
};
