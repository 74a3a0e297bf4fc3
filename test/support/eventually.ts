/**
 * Runs `assertion` until it passes, and resolves with what it gave. After `timeout` milliseconds it throws what the
 * assertion threw last, so that the test fails with the real difference.
 */
export async function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  { timeout = 20_000, interval = 20 }: { timeout?: number; interval?: number } = {},
): Promise<Result> {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
