import type { DownloadPlan } from '../../../src/download/model.ts';
import type { InstalledPlace } from '../../../src/download/kept/rollBack.ts';
import { useDyingDisk } from './dyingDisk.ts';
import { Window } from './windowRig.ts';

/** Keeps or rolls back in a process of its own that kills itself: `node keptProgram.ts TASK`. */
interface Task {
  readonly folder: string;
  readonly endpoint: string;
  readonly diesBefore: number;
  readonly plan?: DownloadPlan;
  readonly place?: InstalledPlace;
}

const { folder, endpoint, diesBefore, plan, place } = JSON.parse(process.argv[2] ?? '') as Task;
useDyingDisk({
  ...{ diesBefore, links: true },
  die: () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  },
});
const window = new Window({ folder, endpoint });
// Its own timers keep no process alive.
setInterval(() => undefined, 60_000);
if (plan !== undefined) await window.reaches((await window.download(plan)).id, 'done');
if (place !== undefined) {
  await window.service.kept.rollBack('folder', place, new AbortController().signal);
}
