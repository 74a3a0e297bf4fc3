import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import type { FunctionName } from '../../handlers/wiring';

/**
 * The lines of functions' logs that contain a text, as an operator searches for it: function by function, in order of time.
 * @param of one function; all of them unless told
 * @param since Unix milliseconds
 */
export async function functionLogLines(
  text: string,
  { endpoint, of, since = 0 }: { endpoint: string; of?: FunctionName; since?: number },
): Promise<string[]> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new CloudWatchLogsClient({ endpoint, region: 'us-east-1', credentials });
  // A log group is named after its construct, in letters and digits alone, and a hash.
  const wanted = new RegExp(`${of?.replaceAll('-', '') ?? ''}logs[0-9A-F]{8}$`);
  const lines: string[] = [];
  try {
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {}))
      for (const logGroupName of logGroups
        .map((group) => group.logGroupName!)
        .filter((name) => wanted.test(name))) {
        const search = { logGroupName, filterPattern: `"${text}"`, startTime: since };
        for await (const { events = [] } of paginateFilterLogEvents({ client }, search))
          lines.push(...events.map(({ message = '' }) => message));
      }
  } finally {
    client.destroy();
  }
  return lines;
}

/** How long each invocation of a function took without waiting for its turn, in milliseconds, as Lambda reports it. */
export async function reportedDurations(
  of: FunctionName,
  { endpoint, since }: { endpoint: string; since: number },
): Promise<number[]> {
  const lines = await functionLogLines('REPORT', { endpoint, of, since });
  return lines.flatMap((line) => /^REPORT .*?\tDuration: ([\d.]+) ms/.exec(line)?.[1] ?? []).map(Number);
}
