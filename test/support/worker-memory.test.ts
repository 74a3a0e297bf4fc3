import { spawn, type ChildProcess } from 'node:child_process';
import { eventually } from './eventually';
import { WorkerMemory } from './worker-memory';

const MB = 1024 * 1024;

/** Two workers; each message to the process makes the second hold 8 MB more and the first leave as much lying about. */
const PROGRAM = `
  const { Worker } = require('node:worker_threads');
  const code = \`
    const kept = [];
    const { parentPort, workerData } = require('node:worker_threads');
    globalThis.role = workerData;
    parentPort.on('message', () => {
      const some = Array.from({ length: 1024 * 1024 }, (_, index) => index + 0.5);
      if (workerData === 'leaky') kept.push(some);
      parentPort.postMessage('done');
    });
  \`;
  const workers = ['tidy', 'leaky'].map((workerData) => new Worker(code, { eval: true, workerData }));
  let done = 0;
  for (const worker of workers) worker.on('message', () => console.log('done', ++done));
  process.stdin.on('data', () => workers.forEach((worker) => worker.postMessage('')));
`;

describe('the memory of worker threads', () => {
  let child: ChildProcess;
  let output = '';
  let memory: WorkerMemory;

  beforeAll(async () => {
    child = spawn(process.execPath, ['--inspect=0', '-e', PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    memory = await eventually(() => WorkerMemory.of(output));
  });
  afterAll(() => {
    memory.close();
    child.kill('SIGKILL');
  });

  const held = async (role: string) => {
    const [bytes] = await eventually(async () => {
      const found = await memory.heldWhere(`globalThis.role === '${role}'`);
      expect(found).toHaveLength(1);
      return found;
    });
    return bytes!;
  };

  test('grows by what a worker keeps, and not by what it only used', async () => {
    const before = { tidy: await held('tidy'), leaky: await held('leaky') };
    for (const round of [2, 4]) {
      child.stdin!.write('\n');
      await eventually(() => expect(output).toContain(`done ${round}`));
    }
    expect((await held('leaky')) - before.leaky).toBeGreaterThan(14 * MB);
    expect((await held('tidy')) - before.tidy).toBeLessThan(4 * MB);
    expect(await memory.resident()).toBeGreaterThan(16 * MB);
  });

  test('says that there is no inspector where the process has none', async () => {
    await expect(WorkerMemory.of('Ready')).rejects.toThrow("no inspector's address");
  });
});
