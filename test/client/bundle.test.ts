import { build } from 'esbuild';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

async function bundle(): Promise<{ code: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(__dirname, '../../client/index.ts')],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'parley',
    write: false,
    metafile: true,
  });
  return { code: outputFiles[0]!.text, inputs: Object.keys(metafile.inputs) };
}

describe('the client library in a browser', () => {
  test('S3, browser and Node: needs nothing of Node, no framework, and of the product only the protocol', async () => {
    const { inputs } = await bundle();
    const foreign = inputs.filter(
      (input) =>
        !/^client\/|^handlers\/chat\/(protocol\/|errors\.ts)|^node_modules\/zod\/v4\/(core|mini|locales)\//.test(
          input,
        ),
    );
    expect(foreign.filter((input) => !input.startsWith('node_modules/zod/'))).toEqual([]);
  });

  test('stays below 64 KB before compression', async () => {
    expect((await bundle()).code.length).toBeLessThan(64 * 1024);
  });

  test('S3, AWS secret keys in the front-end: holds no name of an AWS credential', async () => {
    expect((await bundle()).code).not.toMatch(/aws_?(access|secret|session)|AKIA/i);
  });

  test('S3, browser and Node: runs where there is nothing but what browsers have', async () => {
    const { code } = await bundle();
    const opened: string[] = [];
    class FakeWebSocket {
      constructor(url: string) {
        opened.push(url);
      }
      addEventListener(): void {}
      close(): void {}
    }
    const globals = {
      URL,
      TextEncoder,
      crypto,
      setTimeout,
      clearTimeout,
      queueMicrotask,
      WebSocket: FakeWebSocket,
    };
    const script = `${code}
      const client = new parley.ParleyClient({ url: 'wss://chat.example/dev', guest: { name: 'George' } }).start();
      finish(client);`;
    await new Promise<void>((resolve) => {
      runInNewContext(script, {
        ...globals,
        finish: (client: { close(): void }) =>
          setImmediate(() => {
            client.close();
            resolve();
          }),
      });
    });
    expect(opened).toEqual(['wss://chat.example/dev?name=George']);
  });
});
