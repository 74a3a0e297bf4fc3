import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import type { ServingExecution } from './executions';
import { OperatorError } from './operator-error';

/** What the local runtime's meter has counted for a message. Dollars are for this one message. */
export interface Bill {
  /** Of the price list, e.g. `2026-11-20` and `us-east-1`. */
  readonly prices: { readonly date: string; readonly region: string };
  /** A trace for each time that something set the message going: its sender, the sweep, an operator. */
  readonly traces: readonly TraceBill[];
}

export interface TraceBill {
  readonly trace: string;
  /** Without logging. */
  readonly dollars: number;
  readonly loggingDollars: number;
  readonly services: readonly ServiceBill[];
}

export interface ServiceBill {
  readonly service: string;
  readonly dollars: number;
  readonly used: readonly { readonly quantity: number; readonly unit: string }[];
}

const report = z.object({
  prices: z.object({
    date: z.string(),
    region: z.string(),
    table: z.record(z.string(), z.object({ unit: z.string() })),
  }),
});
const traceReport = z.object({
  dollars: z.number(),
  loggingDollars: z.number(),
  services: z.record(z.string(), z.object({ dollars: z.number(), units: z.record(z.string(), z.number()) })),
});

/**
 * The bill of a message, by the traces of the executions that served it. Traces of which the meter knows nothing any
 * more (a restart empties it) are left out.
 * @param endpoint of a local runtime: only that has a meter
 * @throws OperatorError where it does not answer as a meter does
 */
export async function billOf(executions: readonly ServingExecution[], endpoint: string): Promise<Bill> {
  const meter = report.safeParse(await read(`${endpoint}/billing?newest=0`));
  if (!meter.success) throw new OperatorError(`There is no meter at ${endpoint}/billing.`);
  const { prices } = meter.data;
  const traces: TraceBill[] = [];
  for (const trace of await tracesOf(executions)) {
    const answer = await read(`${endpoint}/billing?trace=${trace}`);
    if (answer === undefined) continue;
    const { dollars, loggingDollars, services } = traceReport.parse(answer);
    traces.push({
      trace,
      dollars,
      loggingDollars,
      services: Object.entries(services).map(([service, { dollars: cost, units }]) => ({
        service,
        dollars: cost,
        used: Object.entries(units).map(([name, quantity]) => ({
          quantity,
          unit: prices.table[name]?.unit ?? name,
        })),
      })),
    });
  }
  return { prices, traces };
}

async function tracesOf(executions: readonly ServingExecution[]): Promise<Set<string>> {
  const client = new SFNClient({});
  const traces = new Set<string>();
  try {
    for (const { executionArn } of executions) {
      const trace = await traceOf(executionArn, client);
      if (trace !== undefined) traces.add(trace);
    }
    return traces;
  } finally {
    client.destroy();
  }
}

/** The id in a trace header: `1-5759e988-bd862e3fe1be46a994272793`. */
async function traceOf(executionArn: string, client: SFNClient): Promise<string | undefined> {
  try {
    const { traceHeader } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return traceHeader?.match(/Root=([^;]+)/)?.[1];
  } catch (error) {
    // Logs are kept for longer than executions.
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

async function read(address: string): Promise<unknown> {
  const response = await fetch(address);
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new OperatorError(`${address} answers ${response.status}.`);
  return response.json();
}
