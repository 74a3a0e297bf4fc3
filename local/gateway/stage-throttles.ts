import type { Clock } from '../clock';
import type { Stage, Throttle } from './definitions';
import { TokenBucket } from './token-bucket';

/** What a stage of either kind of API says of throttles. */
export type Throttled = Pick<Stage, 'name' | 'defaultThrottle' | 'routeThrottles'>;

/** The throttles of stages: each route has its own bucket, filled by its own setting or by the stage's default. */
export class StageThrottles {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a token for a request to a route, or says that there is none. A route without throttle has plenty. */
  take(stage: Throttled, routeKey: string): boolean {
    const throttle = stage.routeThrottles.get(routeKey) ?? stage.defaultThrottle;
    return throttle === undefined || this.#bucket(`${stage.name} ${routeKey}`, throttle).take();
  }

  #bucket(name: string, { ratePerSecond, burst }: Throttle): TokenBucket {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.#clock, ratePerSecond, burst);
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
