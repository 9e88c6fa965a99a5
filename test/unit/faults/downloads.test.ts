import { differentialUpdates } from '../../faults/differentialUpdates.ts';
import { downloadDisk } from '../../faults/downloadDisk.ts';
import { downloadKill } from '../../faults/downloadKill.ts';
import { downloadNames } from '../../faults/downloadNames.ts';
import { downloadServer } from '../../faults/downloadServer.ts';
import { downloadTogether } from '../../faults/downloadTogether.ts';
import { LIES, sharedCache } from '../../faults/sharedCache.ts';
import type { Fault } from '../../faults/fault.ts';
import { HARMS } from '../../faults/support/downloadHarms.ts';
import { seedOfRun } from '../support/random.ts';

/** A little of each of `npm run faults` that concerns downloads. */
const SLICES: readonly { fault: Fault; runs: number; survives: string }[] = [
  { fault: downloadKill, runs: 5, survives: 'SIGKILL at any moment' },
  { fault: downloadServer, runs: HARMS.length, survives: 'whatever is wrong with the server' },
  { fault: downloadDisk, runs: 4, survives: 'a full disk and a folder that goes away' },
  { fault: downloadNames, runs: 40, survives: 'names and links that lead elsewhere' },
  { fault: downloadTogether, runs: 2, survives: 'other processes that want the same file' },
  { fault: sharedCache, runs: LIES.length, survives: 'a cache that lies and dies' },
  { fault: differentialUpdates, runs: 12, survives: 'whatever happens while it is an update' },
];

describe('A download', function () {
  this.timeout(180_000);
  const seed = seedOfRun();

  for (const { fault, runs, survives } of SLICES) {
    it(`survives ${survives} (SEED=${seed})`, async () => {
      await fault.run({ seed, runs, log: () => undefined });
    });
  }
});
