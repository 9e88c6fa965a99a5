import { clockJumps } from './clockJumps.ts';
import { differentialUpdates } from './differentialUpdates.ts';
import { diskFull } from './diskFull.ts';
import { downloadDisk } from './downloadDisk.ts';
import { downloadKill } from './downloadKill.ts';
import { downloadNames } from './downloadNames.ts';
import { downloadServer } from './downloadServer.ts';
import { downloadTogether } from './downloadTogether.ts';
import type { Fault } from './fault.ts';
import { hubFaults } from './hubFaults.ts';
import { kill } from './kill.ts';
import { networkFolder } from './networkFolder.ts';
import { payloads } from './payloads.ts';
import { processes } from './processes.ts';
import { runtimeFolders } from './runtimeFolders.ts';
import { sharedCache } from './sharedCache.ts';

/** All that is survived, in the order of `npm run faults`. */
export const faults: readonly Fault[] = [
  kill,
  hubFaults,
  processes,
  networkFolder,
  clockJumps,
  payloads,
  diskFull,
  downloadKill,
  downloadServer,
  downloadDisk,
  downloadNames,
  downloadTogether,
  differentialUpdates,
  sharedCache,
  runtimeFolders,
];
