/** A clock that stands still until it is moved. Unix milliseconds. */
export class TestClock {
  constructor(public time = Date.UTC(2026, 10, 20, 9, 0, 0)) {}

  readonly now = (): number => this.time;

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** DynamoDB's TTL counts whole seconds, so an expiry loses its milliseconds when it is stored. */
export function storedExpiry(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
