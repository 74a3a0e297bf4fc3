/** What one unit of something costs. */
export interface Price {
  readonly service: string;
  readonly unit: string;
  /** Dollars for `per` units. */
  readonly dollars: number;
  readonly per: number;
  /** Where amount and unit are from. */
  readonly source: string;
  /** True where the amount is from notes that quote AWS's price list, not from AWS itself. */
  readonly secondary: boolean;
}

const MILLION = 1_000_000;
const GIB = 2 ** 30;

/**
 * The only place where an amount of money stands. First price tiers, no free tier, no data transfer, no storage.
 * On-demand prices; when one changes, change `date` with it.
 */
export const PRICES = {
  date: '2026-11-20',
  region: 'us-east-1',
  table: {
    websocketMessages: {
      service: 'API Gateway',
      unit: 'messages of 32 KB, in and out',
      dollars: 1,
      per: MILLION,
      source:
        'API Gateway pricing, WebSocket APIs: first billion messages; metering from the developer guide',
      secondary: true,
    },
    connectionMinutes: {
      service: 'API Gateway',
      unit: 'connection minutes',
      dollars: 0.25,
      per: MILLION,
      source:
        'API Gateway pricing, WebSocket APIs; how AWS rounds is not published, so minutes are not rounded',
      secondary: true,
    },
    lambdaRequests: {
      service: 'Lambda',
      unit: 'invocations',
      dollars: 0.2,
      per: MILLION,
      source: 'Lambda pricing',
      secondary: true,
    },
    lambdaArmGbSeconds: {
      service: 'Lambda',
      unit: 'GB-seconds on arm64, by the millisecond',
      dollars: 0.0000133334,
      per: 1,
      source: 'Lambda pricing, first tier; the start of an environment, billed since 2025-08, is not metered',
      secondary: true,
    },
    lambdaX86GbSeconds: {
      service: 'Lambda',
      unit: 'GB-seconds on x86_64, by the millisecond',
      dollars: 0.0000166667,
      per: 1,
      source: 'Lambda pricing, first tier',
      secondary: true,
    },
    dynamodbReadUnits: {
      service: 'DynamoDB',
      unit: 'read request units of 4 KB',
      dollars: 0.125,
      per: MILLION,
      source: "calculate_costs.py of AWS's agent toolkit, August 2026; a 2026 article still has 0.25",
      secondary: false,
    },
    dynamodbWriteUnits: {
      service: 'DynamoDB',
      unit: 'write request units of 1 KB',
      dollars: 0.625,
      per: MILLION,
      source: "calculate_costs.py of AWS's agent toolkit, August 2026",
      secondary: false,
    },
    customEvents: {
      service: 'EventBridge',
      unit: 'custom events of 64 KB, on the classic bus',
      dollars: 1,
      per: MILLION,
      source: 'EventBridge pricing; the 64 KB from the user guide',
      secondary: true,
    },
    expressRequests: {
      service: 'Step Functions',
      unit: 'Express executions',
      dollars: 1,
      per: MILLION,
      source: 'Step Functions pricing',
      secondary: false,
    },
    expressGbSeconds: {
      service: 'Step Functions',
      unit: 'Express GB-seconds, by 100 ms and 64 MB',
      dollars: 0.00001667,
      per: 1,
      source: 'Step Functions pricing, first 1,000 GB-hours: 0.06 an hour',
      secondary: false,
    },
    standardTransitions: {
      service: 'Step Functions',
      unit: 'Standard state transitions',
      dollars: 0.025,
      per: 1000,
      source: 'Step Functions pricing',
      secondary: false,
    },
    snsPublishes: {
      service: 'SNS',
      unit: 'publishes of 64 KB; deliveries are not metered',
      dollars: 0.5,
      per: MILLION,
      source: 'SNS pricing, standard topics',
      secondary: true,
    },
    sqsRequests: {
      service: 'SQS',
      unit: 'requests of 64 KB',
      dollars: 0.4,
      per: MILLION,
      source: 'SQS pricing, standard queues',
      secondary: true,
    },
    logBytes: {
      service: 'CloudWatch Logs',
      unit: 'bytes ingested, standard class',
      dollars: 0.5,
      per: GIB,
      source: 'CloudWatch pricing, Logs collect',
      secondary: true,
    },
  },
} as const satisfies {
  readonly date: string;
  readonly region: string;
  readonly table: Readonly<Record<string, Price>>;
};

/** Something that is counted and has a price. */
export type Unit = keyof typeof PRICES.table;

/** Told apart from the rest of a bill: it depends on the log level more than on the design. */
export const LOGGING: Unit = 'logBytes';

export function dollarsOf(unit: Unit, quantity: number): number {
  const { dollars, per } = PRICES.table[unit];
  return (quantity * dollars) / per;
}
