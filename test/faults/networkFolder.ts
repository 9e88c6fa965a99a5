import type { Fault } from './fault.ts';
import { together } from './processes.ts';

/** Two processes on a folder where SQLite can keep no write-ahead log, as on a network file system. */
export const networkFolder: Fault = {
  name: 'network-folder',
  unit: 'seconds with two processes',
  runs: 30,
  run: ({ seed, runs, log }) =>
    together({ seed, seconds: runs, count: 2, isNetworkFolder: true, log }),
};
