import { SAMPLE_SIZE } from '../../handlers/chat/fan-out/audience-plan';
import { dollarsOf } from '../../local/billing/prices';
import type { FanOutRun } from './fan-out-model';

/** GB of memory of the functions, as `handlers/wiring.ts` has it; Express workflows are billed 64 MB. */
const WORKER_MEMORY = 1;
const CONTROL_MEMORY = 0.5;
const EXPRESS_MEMORY = 1 / 16;
const ROW = 125;
const TUTORIAL_ROW = 200;
/** Units for sender, room and archive; the append with its index, claim, archive, head and close. */
const OTHER_READS = 3;
const OTHER_WRITES = 10;

const readUnits = (rows: number, bytes: number) => Math.ceil((rows * bytes) / 4096);
const seconds = (milliseconds: number) => milliseconds / 1000;

/**
 * Dollars for one message to `size` connections, without logs, connection minutes and data transfer: frames, what
 * the simulation counted of workers and ledger, and the fixed steps of both workflows with 50 ms for each function.
 */
export function costOfFanOut(size: number, { plan, last, workers, ledgerWriteUnits }: FanOutRun): number {
  const sampled = readUnits(Math.min(size, SAMPLE_SIZE), ROW) / 2;
  const fixedFunctions = plan.tier === 'inline' ? 4 : 6;
  const orchestration =
    dollarsOf('customEvents', 1) +
    dollarsOf('expressRequests', 1) +
    dollarsOf('expressGbSeconds', (Math.ceil(last / 100) / 10) * EXPRESS_MEMORY);
  const broadcast =
    plan.tier === 'inline'
      ? 0
      : // Seven states, one transition a child, and the children themselves.
        dollarsOf('standardTransitions', 7 + plan.parts) +
        dollarsOf('expressRequests', plan.parts) +
        dollarsOf('expressGbSeconds', seconds(workers.billed) * EXPRESS_MEMORY);
  return (
    dollarsOf('websocketMessages', size + 2) +
    dollarsOf('lambdaRequests', workers.invocations + fixedFunctions) +
    dollarsOf(
      'lambdaArmGbSeconds',
      seconds(workers.billed) * WORKER_MEMORY + fixedFunctions * 0.05 * CONTROL_MEMORY,
    ) +
    dollarsOf('dynamodbReadUnits', readUnits(size, ROW) + sampled + workers.invocations + OTHER_READS) +
    dollarsOf('dynamodbWriteUnits', ledgerWriteUnits + OTHER_WRITES) +
    orchestration +
    broadcast
  );
}

/** The same for the tutorial's loop: a scan of the table, which holds this room alone, and one function of 512 MB. */
export function costOfLoop(size: number, milliseconds: number): number {
  return (
    dollarsOf('websocketMessages', size + 1) +
    dollarsOf('lambdaRequests', 1) +
    dollarsOf('lambdaArmGbSeconds', seconds(milliseconds) / 2) +
    dollarsOf('dynamodbReadUnits', readUnits(size, TUTORIAL_ROW) / 2) +
    dollarsOf('dynamodbWriteUnits', 1)
  );
}
