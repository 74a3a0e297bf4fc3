/**
 * What the simulation takes AWS to do, us-east-1, November 2026. `stated` is in an AWS document, `reported` was
 * measured by somebody else, `assumed` is a guess that nobody has measured for us. Times in milliseconds.
 */
export const AWS = {
  /** Stated: API Gateway quotas, requests a second of an account, posts to connections among them. */
  gatewayRate: 10_000,
  gatewayBurst: 5_000,
  /** Assumed: no figure is published for a post. Median and sigma of a log-normal distribution. */
  postLatency: 30,
  postSpread: 0.3,
  /** Reported: EventBridge from event to target, p90 at 2,000 events a second (AWS Architecture blog, 2026-02-04). */
  eventDelivery: 80,
  /** Assumed: from StartExecution to the first state. */
  expressStart: 20,
  standardStart: 50,
  /** Assumed: between two states of a Standard workflow, each of which is stored. */
  standardTransition: 25,
  /** Assumed: from a Task state to the first line of a warm function, and a mean of further jitter. */
  invoke: 15,
  invokeJitter: 5,
  /** Reported: initialization of a bundled Node function with SDK clients. */
  coldStart: 250,
  /** Stated: environments that one function may get in ten seconds. */
  environmentsPerTenSeconds: 1_000,
  /** Assumed: one DynamoDB call from a function, at any consistency. */
  dynamodb: 5,
  /** Reported: what a Distributed Map takes to start its first child. */
  distributedMapStart: 1_000,
  /** Stated: Express children that a Distributed Map starts a second. */
  childrenPerSecond: 1_000,
  /** Processor time of one post: 0.06 ms measured on a whole core; 1,024 MB of Lambda are 0.58 of one. */
  postProcessor: 0.1,
  /** The same for the AWS SDK's client: 0.45 ms measured. */
  sdkPostProcessor: 0.78,
} as const;
