import { targets } from '../../fuzz/targets.ts';

/** A little of `npm run fuzz`. */
const CASES = 60;
/** The same cases in every run, unless the environment names others: new ones are what `npm run fuzz` draws. */
const SEED = Number(process.env['SEED'] ?? 1);

describe('Whatever stands there of what others wrote', function () {
  this.timeout(60_000);

  for (const { name, reads, fuzz } of targets) {
    it(`holds of ${reads} (${name}, SEED=${SEED})`, () => fuzz({ seed: SEED, cases: CASES }));
  }
});
