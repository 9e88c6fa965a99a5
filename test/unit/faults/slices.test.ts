import type { Fault } from '../../faults/fault.ts';
import { clockJumps } from '../../faults/clockJumps.ts';
import { diskFull } from '../../faults/diskFull.ts';
import { hubFaults } from '../../faults/hubFaults.ts';
import { kill } from '../../faults/kill.ts';
import { networkFolder } from '../../faults/networkFolder.ts';
import { payloads } from '../../faults/payloads.ts';
import { processes } from '../../faults/processes.ts';
import { seedOfRun } from '../support/random.ts';

/** A little of each of `npm run faults`. */
const SLICES: readonly { fault: Fault; runs: number; survives: string }[] = [
  { fault: kill, runs: 5, survives: 'SIGKILL at any moment of a sync' },
  { fault: hubFaults, runs: 25, survives: 'whatever is wrong with the hub' },
  { fault: processes, runs: 2, survives: 'eight processes on one folder' },
  { fault: networkFolder, runs: 2, survives: 'a folder without a write-ahead log' },
  { fault: clockJumps, runs: 20, survives: 'a clock that jumps' },
  { fault: payloads, runs: 100, survives: 'payloads that nobody has thought of' },
  { fault: diskFull, runs: 2, survives: 'a full disk' },
];

describe('A client', function () {
  this.timeout(60_000);
  const seed = seedOfRun();

  for (const { fault, runs, survives } of SLICES) {
    it(`survives ${survives} (SEED=${seed})`, async () => {
      await fault.run({ seed, runs, log: () => undefined });
    });
  }
});
