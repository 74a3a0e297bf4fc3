import { serveMovingAudience } from './moving-audience';

const PLANS = 100_000;

describe('R9: 100,000 plans of audiences that move', () => {
  it('serve whoever stays exactly once, because the ranges of the parts are the whole space', () => {
    let [rows, gaps, overlaps] = [0, 0, 0];
    for (let seed = 1; seed <= PLANS; seed += 1) {
      const served = serveMovingAudience(seed);
      rows += served.rows;
      gaps += served.gaps;
      overlaps += served.overlaps;
    }
    expect(rows).toBeGreaterThan(8 * PLANS);
    expect({ gaps, overlaps }).toEqual({ gaps: 0, overlaps: 0 });
  }, 120_000);
});
