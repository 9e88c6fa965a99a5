import { describeError } from '../sync/errors.ts';
import type { RunOptions, RunServices } from './downloadRun.ts';
import { DownloadRun } from './downloadRun.ts';
import type { DownloadStore } from './downloadStore.ts';
import { failureOf, removalFailureOf } from './failurePolicy.ts';
import { removeRemains } from './remains.ts';
import { SpeedMeter } from './speedMeter.ts';
import type { DownloadProgress, Outcome, StoredDownload } from './storedDownload.ts';

/** Something that this window does with a download that it owns. */
export interface Job {
  /** False for what is not stopped once it has begun. */
  readonly isFetching: boolean;
  progress(): DownloadProgress;
  /** Breaks it off; what was fetched stays. */
  stop(): void;
  /** True if the download is done. Never rejects; the download is given back by then. */
  readonly ended: Promise<boolean>;
}

export interface JobServices extends RunServices {
  readonly owner: string;
  readonly random: () => number;
}

/** Fetches what was claimed, and says what became of it. */
export function fetchingJob(
  download: StoredDownload,
  services: JobServices,
  store: DownloadStore,
  options: Pick<RunOptions, 'endpoint' | 'flow' | 'others'> & {
    readonly onDidProgress: () => void;
  },
): Job {
  const { id } = download;
  const { owner, clock, logger } = services;
  const stopping = new AbortController();
  const meter = new SpeedMeter();
  const { cachedBytes: cachedBefore = 0 } = download;
  let progress: DownloadProgress = { bytes: download.bytes, cachedBytes: cachedBefore };

  const run = new DownloadRun(download, services, {
    ...options,
    signal: stopping.signal,
    onProgress: (phase, bytes, cached) => {
      if (phase !== progress.phase) meter.reset();
      if (phase === 'fetching') meter.note(clock.now(), bytes);
      progress = { phase, bytes, cachedBytes: cachedBefore + cached };
      options.onDidProgress();
    },
    onTraces: (traces) => store.keepTraces(id, owner, traces),
  });

  const outcomeOf = async (): Promise<Outcome> => {
    try {
      await run.run();
      const finishedAt = clock.now();
      const { cachedBytes = 0 } = progress;
      return { state: 'done', bytes: download.plan.size, cachedBytes, failures: 0, finishedAt };
    } catch (error) {
      const { bytes, cachedBytes = 0 } = progress;
      const failures = bytes > download.bytes ? 0 : download.failures;
      if (stopping.signal.aborted) return { state: 'waiting', bytes, cachedBytes, failures };
      logger.warn(`${download.plan.model} ${download.plan.variant}: ${describeError(error)}`);
      const failure = failureOf(error, failures + 1, clock.now(), services.random());
      const state = failure.retryAt === undefined ? 'failed' : 'waiting';
      return { state, bytes, cachedBytes, failure, failures: failures + 1 };
    }
  };

  const end = async (): Promise<boolean> => {
    const outcome = await outcomeOf();
    return giveBack(download, outcome, services, store) && outcome.state === 'done';
  };

  return {
    isFetching: true,
    progress: () => {
      const bytesPerSecond = meter.speed(clock.now());
      return { ...progress, ...(bytesPerSecond !== undefined && { bytesPerSecond }) };
    },
    stop: () => stopping.abort(),
    ended: end(),
  };
}

/**
 * Removes what a cancelled download has left, and then the download from the list; where something
 * cannot be removed, it stays there, to be tried again later.
 */
export function cleaningJob(
  download: StoredDownload,
  services: JobServices,
  store: DownloadStore,
): Job {
  const { clock, logger, random } = services;
  const { id, bytes } = download;
  const clean = async (): Promise<boolean> => {
    try {
      const target = services.target(download.target);
      await removeRemains(download, { target, clock, logger });
      store.forget(id);
    } catch (error) {
      const failures = download.failures + 1;
      const failure = removalFailureOf(error, failures, clock.now(), random());
      giveBack(download, { state: 'waiting', bytes, failure, failures }, services, store);
    }
    return false;
  };
  return {
    isFetching: false,
    progress: () => ({ bytes }),
    stop: () => undefined,
    ended: clean(),
  };
}

/** @returns false if that could not be written down: the next look at the list does it then */
function giveBack(
  { id }: StoredDownload,
  outcome: Outcome,
  { owner, logger }: JobServices,
  store: DownloadStore,
): boolean {
  try {
    store.settle(id, owner, outcome);
    return true;
  } catch (error) {
    logger.warn(describeError(error));
    return false;
  }
}
