import { targets } from '../../fuzz/targets.ts';
import { seedOfRun } from '../support/random.ts';

/** A little of `npm run fuzz`. */
const CASES = 60;

describe('Whatever stands there of what others wrote', function () {
  this.timeout(60_000);
  const seed = seedOfRun();

  for (const { name, reads, fuzz } of targets) {
    it(`holds of ${reads} (${name}, SEED=${seed})`, () => fuzz({ seed, cases: CASES }));
  }
});
