import { VirtualTime } from '../support/virtual-time';
import { AWS } from './assumptions';
import { GatewayModel, Processor } from './gateway-model';

export interface PatternRun {
  /** Milliseconds from the message to the last frame that came. */
  readonly last: number;
  /** Recipients that got nothing. */
  readonly lost: number;
  readonly refused: number;
}

/** Rows of about 200 bytes on a page of 1 MB, which is what a scan gives at once. */
const SCAN_PAGE = 5_000;
const LAMBDA_TIMEOUT = 900_000;

/**
 * What the tutorials do: the route's function scans all connections and posts to one after the other. It is over when
 * Lambda ends it, after at most 15 minutes.
 */
export function sequentialLoop(size: number, seed = 1): Promise<PatternRun> {
  return inOneFunction(size, seed, async (time, post) => {
    for (let index = 0; index < size; index += 1) {
      if (time.now() > LAMBDA_TIMEOUT) return;
      await post(index);
    }
  });
}

/** Connections that the AWS SDK's Node handler keeps open at a time. */
const SDK_SOCKETS = 50;
/** Of the SDK's standard retry: tries in all, pauses of up to 100 ms doubling, and tokens for the whole client. */
const SDK_TRIES = 3;
const SDK_PAUSE = 100;
const SDK_RETRY_TOKENS = 500;
const SDK_RETRY_COST = 5;

/**
 * What the AWS sample does: `Promise.all` over a post to each, through the SDK's client. Its retry tokens are shared:
 * a retry takes 5, a success after it gives them back, and without any a refusal is final.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function promiseAll(size: number, seed = 1): Promise<PatternRun> {
  return inOneFunction(size, seed, async (time, post) => {
    let tokens = SDK_RETRY_TOKENS;
    let next = 0;
    const sendOne = async (index: number) => {
      for (let tried = 1; ; tried += 1) {
        if ((await post(index)) !== 429) {
          if (tried > 1) tokens = Math.min(SDK_RETRY_TOKENS, tokens + SDK_RETRY_COST);
          return;
        }
        if (tried === SDK_TRIES || tokens < SDK_RETRY_COST) return;
        tokens -= SDK_RETRY_COST;
        await time.pause(time.random() * SDK_PAUSE * 2 ** tried);
      }
    };
    const socket = async () => {
      for (let index = next++; index < size && time.now() <= LAMBDA_TIMEOUT; index = next++)
        await sendOne(index);
    };
    await Promise.all(Array.from({ length: SDK_SOCKETS }, socket));
  });
}

async function inOneFunction(
  size: number,
  seed: number,
  work: (time: VirtualTime, post: (index: number) => Promise<number>) => Promise<void>,
): Promise<PatternRun> {
  const time = new VirtualTime(seed);
  const gateway = new GatewayModel(time, size);
  const send = gateway.send(new Processor(time, AWS.sdkPostProcessor));
  const post = async (index: number) => {
    const answer = await send(String(index), Infinity);
    return 'status' in answer ? answer.status : 0;
  };
  await time.run(
    (async () => {
      await time.pause(AWS.invoke + AWS.invokeJitter + Math.ceil(size / SCAN_PAGE) * AWS.dynamodb);
      await work(time, post);
    })(),
  );
  const got = gateway.arrivals.filter((at) => at <= LAMBDA_TIMEOUT);
  return {
    last: got.reduce((latest, at) => Math.max(latest, at), 0),
    lost: size - got.length,
    refused: gateway.refused,
  };
}
