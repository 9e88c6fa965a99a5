import { withoutUndefined } from '../sync/withoutUndefined.ts';
import type { DownloadStatus } from './model.ts';
import type { DownloadProgress, StoredDownload } from './storedDownload.ts';

/** What decides why a download waits. */
export interface Waiting {
  readonly now: number;
  /** No download may run, because the user is at work. */
  readonly untilIdle: boolean;
}

/**
 * A download as it is shown.
 * @param live how far it is by now, if it runs here
 */
export function statusOf(
  download: StoredDownload,
  waiting: Waiting,
  live?: DownloadProgress,
): DownloadStatus {
  const { id, plan, placement, state, target, failure } = download;
  const { phase, bytes, bytesPerSecond, cachedBytes = 0 } = live ?? download;
  const isRunning = state === 'running';
  const flows = isRunning && phase === 'fetching' && bytesPerSecond !== undefined;
  return withoutUndefined({
    ...{ id, model: plan.model, revision: plan.revision, variant: plan.variant },
    quantisation: plan.quantisation,
    state,
    phase: isRunning ? phase : undefined,
    waitsFor: state === 'waiting' ? reasonOf(download, waiting) : undefined,
    target,
    folder: placement.folder,
    bytes: state === 'done' ? plan.size : Math.min(bytes, plan.size),
    cachedBytes: cachedBytes > 0 ? Math.min(cachedBytes, plan.size) : undefined,
    totalBytes: plan.size,
    bytesPerSecond: flows ? Math.round(bytesPerSecond) : undefined,
    secondsLeft:
      flows && bytesPerSecond > 0
        ? Math.ceil(Math.max(0, plan.size - bytes) / bytesPerSecond)
        : undefined,
    failure: state === 'failed' || state === 'waiting' ? failure : undefined,
    pausable: true,
    createdAt: download.createdAt,
    finishedAt: download.finishedAt,
  });
}

function reasonOf(
  { retryAt, failure }: StoredDownload,
  { now, untilIdle }: Waiting,
): NonNullable<DownloadStatus['waitsFor']> {
  if (retryAt !== undefined && retryAt > now) {
    return failure?.kind === 'offline' || failure?.kind === 'timeout' ? 'network' : 'retry';
  }
  return untilIdle ? 'idle' : 'turn';
}
