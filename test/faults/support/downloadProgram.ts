/** A window in a process of its own: see downloadProcess.ts. */
import { DownloadError } from '../../../src/download/errors.ts';
import { realDisk } from '../../../src/download/freeSpace.ts';
import { hasEnded } from '../../../src/sync/cache/owner.ts';
import { Window } from '../../unit/download/windowRig.ts';
import type { DownloadNews, DownloadTask } from './downloadProcess.ts';

const { folder, endpoint, plan, storage, isDiskEndless, updates } = JSON.parse(
  process.argv[2] ?? '',
) as DownloadTask;
const tell = (news: DownloadNews): void => {
  if (process.connected) process.send?.(news);
};

tell({ begins: true });
const window = new Window(
  {
    ...{ folder, endpoint },
    updates: updates && { ...updates, findBasis: () => Promise.resolve(updates.basis) },
  },
  {
    isDead: hasEnded,
    onDidChange: (downloads) => tell({ downloads }),
    ...(storage !== undefined && { storage }),
    ...(isDiskEndless && { disk: { ...realDisk, free: () => Promise.resolve(Infinity) } }),
  },
);
// Its own timers keep no process alive.
const alive = setInterval(() => undefined, 60_000);
process.on('disconnect', () => {
  clearInterval(alive);
  void window.close().then(() => process.exit());
});
try {
  await window.download(plan);
} catch (error) {
  const { kind, message } = DownloadError.from(error);
  tell({ refused: { kind, message } });
}
