import type { Job, JobServices } from './downloadJob.ts';
import { cleaningJob, fetchingJob } from './downloadJob.ts';
import type { DownloadStore } from './downloadStore.ts';
import { SharedFlow } from './flow.ts';
import type { SpaceNeed } from './freeSpace.ts';
import type { StoredDownload } from './storedDownload.ts';

/** Downloads that run at once, in all windows together. */
const AT_ONCE = 2;

export interface WindowJobsOptions extends JobServices {
  readonly store: DownloadStore;
  readonly onDidProgress: () => void;
  /** A job has ended; `isDone` if its download is complete. */
  readonly onDidEnd: (id: string, isDone: boolean) => void;
}

/** What decides how the list is worked on. */
export interface Conditions {
  /** Nothing may be fetched before the user is away. */
  readonly mustWait: boolean;
  /** Where files are fetched from. */
  readonly huggingFace: string;
  /** A window syncs. */
  readonly syncing: boolean;
  /** The limit of the user for all windows; absent: none. */
  readonly bytesPerSecond: number | undefined;
}

/** What this window does of the list that all windows share. */
export class WindowJobs {
  readonly #options: WindowJobsOptions;
  readonly #flow: SharedFlow;
  /** By download. */
  readonly #jobs = new Map<string, Job>();

  constructor(options: WindowJobsOptions) {
    this.#options = options;
    this.#flow = new SharedFlow(options.clock);
  }

  get size(): number {
    return this.#jobs.size;
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Tells how far they are; what another window has taken over meanwhile is given up. */
  report(): void {
    const { store, owner, clock } = this.#options;
    for (const [id, job] of this.#jobs) {
      const isOwn = store.report(id, owner, job.progress(), clock.now());
      if (!isOwn) job.stop();
    }
  }

  /** Stops what the list no longer wants. */
  stopUnwanted(downloads: readonly StoredDownload[], { mustWait }: Conditions): void {
    const { store, owner } = this.#options;
    for (const download of downloads) {
      const job = this.#jobs.get(download.id);
      if (job === undefined) {
        // It ended, and that could not be written down then.
        if (download.owner === owner) store.release(download.id, owner);
      } else if (job.isFetching && (download.wanted !== 'run' || mustWait)) job.stop();
    }
  }

  /** Starts what the list wants and no window does. @returns whether there was anything */
  startWanted(downloads: readonly StoredDownload[], conditions: Conditions): boolean {
    const { store, owner, clock } = this.#options;
    const now = clock.now();
    let hasStarted = false;
    for (const download of downloads) {
      const { id, state, wanted, retryAt = 0 } = download;
      if (this.#jobs.has(id)) continue;
      if (wanted === 'cancel') {
        if (retryAt > now) continue;
        if (!store.claimRemains(id, owner, now)) continue;
        this.#begin(download, cleaningJob(download, this.#options, store));
      } else {
        if (state !== 'waiting' || retryAt > now || conditions.mustWait) continue;
        if (!store.claim(id, owner, AT_ONCE, now)) continue;
        this.#begin(download, this.#fetching(download, downloads, conditions));
      }
      hasStarted = true;
    }
    return hasStarted;
  }

  /** The windows share the line by what each of them runs. */
  limitFlow(downloads: readonly StoredDownload[], conditions: Conditions): void {
    const { syncing, bytesPerSecond } = conditions;
    const running = Math.max(1, downloads.filter(({ state }) => state === 'running').length);
    const share = Math.min(1, this.#jobs.size / running);
    this.#flow.limit({
      files: running,
      syncing,
      ...(bytesPerSecond !== undefined && share > 0 && { bytesPerSecond: bytesPerSecond * share }),
    });
  }

  /** Stops them all, and ends when they have. */
  async close(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) job.stop();
    await Promise.all(jobs.map(({ ended }) => ended));
  }

  #fetching(
    download: StoredDownload,
    downloads: readonly StoredDownload[],
    { huggingFace }: Conditions,
  ): Job {
    const { store, onDidProgress } = this.#options;
    const place = downloads.indexOf(download);
    const first = downloads.filter(
      (one, index) => one.state === 'running' || (one.state === 'waiting' && index < place),
    );
    const others = first.map(needOf);
    return fetchingJob(download, this.#options, store, {
      ...{ endpoint: new URL(huggingFace), flow: this.#flow, others, onDidProgress },
    });
  }

  #begin({ id }: StoredDownload, job: Job): void {
    this.#jobs.set(id, job);
    void job.ended.then((isDone) => {
      this.#jobs.delete(id);
      this.#options.onDidEnd(id, isDone);
    });
  }
}

/** What a download that is not done still needs. */
export function needOf({ plan, placement, bytes }: StoredDownload): SpaceNeed {
  return { folder: placement.root, bytes: plan.size - bytes };
}
