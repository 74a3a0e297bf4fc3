/**
 * The order of the test files: those that last longest first, because one that begins last is waited for alone. Jest
 * knows how long each took from its last run here, and on a fresh clone nothing but their sizes.
 */
'use strict';
const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Of more than fifteen seconds, most of which is waiting or real work and not to be seen from the size. */
const LONG = [
  'journeys/recovery',
  'journeys/two-hours',
  'web/chat',
  'web/views',
  'journeys/mass-disconnect',
  'journeys/personal-data',
  'journeys/failures',
  'fuzz/fuzz',
  'journeys/rare-grants',
  'journeys/broadcast',
  'journeys/restart',
  'journeys/flood',
  'contracts/aws',
  'journeys/order',
  'journeys/users',
  'contracts/pruning-cost',
  'journeys/canaries',
  'journeys/rooms',
  'journeys/rights',
  'journeys/explain-and-redrive',
  'journeys/notices',
  'journeys/grants',
  'journeys/pruning',
  'journeys/recall',
  'web/sign-in',
  'journeys/handshakes',
  'journeys/tutorial-lines',
  'local/start',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    // Jest's own order: what failed last time, then by duration, then by size.
    const sorted = super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    const rank = ({ path: file }) => {
      const index = LONG.findIndex((name) => file.endsWith(path.join('test', `${name}.test.ts`)));
      return index < 0 ? LONG.length : index;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
};
