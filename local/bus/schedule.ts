const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * The period of a schedule rule in milliseconds, from `rate(5 minutes)`.
 * Source: "Rate expressions", EventBridge user guide: 1 takes the singular, other values the plural.
 * @throws Error for cron expressions, which are not modelled, and for anything else
 */
export function parseSchedule(expression: string): number {
  const [, count = '', unit = '', plural = ''] =
    /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(count);
  const milliseconds = Object.entries(UNITS).find(([name]) => name === unit)?.[1];
  if (milliseconds === undefined || value < 1 || (value === 1) !== (plural === '')) {
    throw new Error(
      `The schedule ${expression} is not modelled; rate(1 minute), rate(2 hours) and the like are`,
    );
  }
  return value * milliseconds;
}
