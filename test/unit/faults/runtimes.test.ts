import { runtimeFolders } from '../../faults/runtimeFolders.ts';
import { LAYOUTS } from '../../faults/support/runtimeLayouts.ts';
import { seedOfRun } from '../support/random.ts';

describe('What is installed', function () {
  this.timeout(60_000);
  const seed = seedOfRun();

  it(`is told truly whatever lies in the folders of Jan and Cortex (SEED=${seed})`, async () => {
    await runtimeFolders.run({ seed, runs: LAYOUTS.length, log: () => undefined });
  });
});
