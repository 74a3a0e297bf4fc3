/**
 * Jest's transform: TypeScript, and packages that are ES modules alone, become CommonJS with a source map. It only
 * takes the types away; `npm run check` is where they are checked, once.
 */
'use strict';
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { transformSync, version } = require('esbuild');

const OPTIONS = {
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Jest's module loader knows no import().
  supported: { 'dynamic-import': false },
  sourcemap: 'external',
};
const ownVersion = createHash('sha256').update(readFileSync(__filename)).update(version).digest('hex');

module.exports = {
  process(source, file) {
    const loader = path.extname(file) === '.ts' ? 'ts' : 'js';
    const { code, map } = transformSync(source, { ...OPTIONS, loader, sourcefile: file });
    return { code, map };
  },
  getCacheKey: (source, file) =>
    createHash('sha256').update(ownVersion).update(file).update('\0').update(source).digest('hex'),
};
