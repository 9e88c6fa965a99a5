import type {
  DownloadFailure,
  DownloadPhase,
  DownloadPlan,
  DownloadState,
  TargetKind,
} from './model.ts';
import type { Placement } from './targets/target.ts';

/** What a download has made that was not there before, absolute paths. */
export interface Traces {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** What never changes of a download. */
export interface QueuedDownload {
  readonly id: string;
  readonly plan: DownloadPlan;
  readonly target: TargetKind;
  readonly placement: Placement;
  readonly createdAt: number;
}

/** How far a download is, as its owner says. */
export interface DownloadProgress {
  readonly phase?: DownloadPhase;
  readonly bytes: number;
  /** What a team's cache brought, in all attempts; absent: nothing. */
  readonly cachedBytes?: number;
  readonly bytesPerSecond?: number;
}

/** A download as all windows know it. */
export interface StoredDownload extends QueuedDownload, DownloadProgress {
  readonly traces: Traces;
  readonly state: DownloadState;
  /** What the user wants it to do; its owner sees to that. */
  readonly wanted: 'run' | 'pause' | 'cancel';
  readonly failure?: DownloadFailure;
  /** Failures in a row that brought nothing. */
  readonly failures: number;
  readonly retryAt?: number;
  /** Who runs it: see owner.ts. */
  readonly owner?: string;
  /** When its owner last said that it is at work. */
  readonly heartbeat: number;
  readonly finishedAt?: number;
}

/** What became of a download when its owner stopped working on it. */
export interface Outcome {
  readonly state: 'waiting' | 'failed' | 'done';
  readonly bytes: number;
  /** See DownloadProgress. */
  readonly cachedBytes?: number;
  readonly failure?: DownloadFailure;
  readonly failures: number;
  readonly finishedAt?: number;
}

/** What a window knows of its user and itself. */
export interface Circumstances {
  readonly idle: boolean;
  readonly syncing: boolean;
}
