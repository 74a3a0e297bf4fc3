import type { Runtime } from '../../local/runtime';
import { peopleAt } from './people';
import { startTestRuntime, type TestRuntimeOptions } from './runtime';
import { UserPool } from './user-pool';

/** People at a runtime with a user pool, both there for the tests of one file; after each test everybody is gone. */
export function peopleOfARuntime({ context, ...options }: TestRuntimeOptions = {}) {
  let runtime: Runtime;
  let pool: UserPool;
  const { person, signedIn, goodbye } = peopleAt(
    () => runtime.url,
    () => pool,
  );
  beforeAll(async () => {
    runtime = await startTestRuntime({ ...options, context: { alerts: 'off', ...context } });
    pool = new UserPool(runtime);
  }, 120_000);
  afterEach(goodbye);
  afterAll(async () => {
    pool.close();
    await runtime.close();
  }, 30_000);
  return { person, signedIn, runtime: () => runtime };
}
