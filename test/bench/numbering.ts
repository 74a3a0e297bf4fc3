import { findInstallation } from '../../bin/operations/installation';
import { createOutbox } from '../../handlers/aws/outbox';
import { aRoomId } from '../support/memory/examples';
import { numberAtOnce } from '../support/numbering';
import { spawnRuntime } from '../support/runtime';
import type { Figure } from './figures';

const CALLERS = 20;
const MESSAGES = 50;

/**
 * How often 20 callers that write into one room at once are told `busy`, where a conditional write takes 5 to 15 ms more.
 * The tables are in a process of their own: in one process the callers' processor time would be most of a write's.
 */
export async function numbering(): Promise<Figure[]> {
  const faults = 'table.conditional[Outbox]:slow(5ms-15ms)';
  const runtime = await spawnRuntime(['--port', '0', '--ephemeral', '--faults', faults]);
  try {
    (await findInstallation({ endpoint: runtime.endpoint })).close();
    const ports = { outbox: createOutbox(), now: Date.now };
    const began = performance.now();
    const each = { callers: CALLERS, messages: MESSAGES, roomId: aRoomId() };
    const { numbered, busy } = await numberAtOnce(each, ports);
    const seconds = (performance.now() - began) / 1000;
    const numbers = new Set(numbered.map(({ seq }) => seq));
    const highest = Math.max(...numbers);
    return [
      {
        name: `busy, of ${CALLERS * MESSAGES}`,
        unit: '%',
        value: (100 * busy) / (CALLERS * MESSAGES),
        goal: '≤ 0.1',
      },
      { name: 'numbers given twice', unit: '', value: numbered.length - numbers.size, goal: '0' },
      { name: 'numbers left out', unit: '', value: highest - numbers.size, goal: '0' },
      { name: 'a number takes', unit: 'ms', value: (1000 * seconds) / numbered.length },
    ];
  } finally {
    await runtime.kill();
  }
}
