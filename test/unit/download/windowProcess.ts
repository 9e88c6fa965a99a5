import { hasEnded } from '../../../src/sync/cache/owner.ts';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { Window } from './windowRig.ts';

/**
 * A window in a process of its own: `node windowProcess.ts FOLDER ENDPOINT [PLAN]`. It queues the
 * plan, if there is one, and sends what it shows at each change, until it is disconnected.
 */
const [folder = '', endpoint = '', plan] = process.argv.slice(2);
const window = new Window(
  { folder, endpoint },
  { isDead: hasEnded, onDidChange: (downloads) => process.send?.(downloads) },
);
process.on('disconnect', () => void window.close().then(() => process.exit()));
if (plan !== undefined) await window.download(JSON.parse(plan) as DownloadPlan);
// Its own timers keep no process alive.
setInterval(() => undefined, 60_000);
