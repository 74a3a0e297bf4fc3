import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const require = createRequire(import.meta.url);

/** Names and groups of emoji, which the picker would fetch from a public server otherwise. */
const EMOJI = ['en/data.json', 'en/messages.json'];
const emojiText = (name: string) => readFileSync(require.resolve(`emojibase-data/${name}`), 'utf8');

/** Where `npm start` listens unless told; on AWS the deployment writes this file. */
const CONFIGURATION = JSON.stringify({ websocketUrl: 'ws://127.0.0.1:8080/dev' });

function ownFiles(): Plugin {
  return {
    name: 'own-files',
    generateBundle() {
      for (const name of EMOJI) {
        this.emitFile({ type: 'asset', fileName: `emojibase/${name}`, source: emojiText(name) });
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = EMOJI.find((one) => request.url === `/emojibase/${one}`);
        const isConfiguration = request.url === '/config.json';
        if (name === undefined && !isConfiguration) return next();
        response.setHeader('Content-Type', 'application/json');
        response.end(isConfiguration ? CONFIGURATION : emojiText(name ?? ''));
      });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [ownFiles()],
  build: {
    outDir: path.join(import.meta.dirname, '..', 'dist', 'web'),
    emptyOutDir: true,
    target: 'es2022',
    // Every browser that has what the app needs has it.
    modulePreload: { polyfill: false },
    // A data: address would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    sourcemap: true,
    // In KB; what counts is what goes over the line, which a test holds below 200 KB.
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      // "use client" says something to servers that render React; there is none here.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
