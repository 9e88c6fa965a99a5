/**
 * The words of downloads as types. Times are milliseconds since 1970, sizes are bytes, paths on
 * this machine are absolute. Plain data: they cross between threads and windows.
 */
import type { ModelId } from '../sync/model.ts';

/** What proves that bytes are the published ones. */
export interface Digest {
  /** `sha256` of the bytes; `git`: SHA-1 of git's blob, for files that the Hub keeps in git. */
  readonly algorithm: 'sha256' | 'git';
  /** Lower case hex digits. */
  readonly hex: string;
}

/** One file to be there in the end. */
export interface PlannedFile {
  /** In the repository; never trusted. */
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
  /** A part of the model itself, its vision projector, or a small file that belongs to it. */
  readonly role: 'weights' | 'projector' | 'companion';
}

/** Where a download ends up: whose folder, in whose layout. */
export type TargetKind = 'folder' | 'jan' | 'huggingFaceCache';

/** What to download: one variant of a model at one commit, as it is published. */
export interface DownloadPlan {
  readonly model: ModelId;
  /** Commit, 40 hex digits: all files are of it, whatever becomes of `main` meanwhile. */
  readonly revision: string;
  /** See Variant.name. */
  readonly variant: string;
  readonly quantisation?: string;
  readonly files: readonly PlannedFile[];
  /** Of all files. */
  readonly size: number;
  /** The installed revision that this one replaces is to be kept, so that one can go back to it. */
  readonly keepsPrevious?: true;
  /** Everybody may have the files, so that a team may share them; absent: not, or nobody knows. */
  readonly isPublic?: true;
}

/**
 * How the bytes of an update come here, cheapest first:
 * - `here`: they are on this machine already
 * - `splice`: the tensors stay, only the header is fetched
 * - `chunks`: chunks that stayed are copied from the installed file, the others are fetched
 * - `whole`: everything is fetched
 */
export type UpdateWay = 'here' | 'splice' | 'chunks' | 'whole';

/** What an update will cost, as far as that can be said before it starts. */
export interface UpdatePreview {
  /** Of the most costly file. */
  readonly way: UpdateWay;
  /** Bytes to be fetched. */
  readonly bytes: number;
  /** `estimated` if some of what would be copied may turn out to be other bytes. */
  readonly sureness: 'exact' | 'estimated';
  /** Of all files of the plan. */
  readonly size: number;
  /** Tensors of all files together that have other bytes or are new; absent where nobody knows. */
  readonly tensors?: { readonly changed: number; readonly total: number };
}

/** Why a download stopped or waits, in words the user can act on. */
export interface DownloadFailure {
  readonly kind: string;
  readonly message: string;
  readonly at: number;
  /** When it is tried again by itself; absent: only the user can go on. */
  readonly retryAt?: number;
}

/**
 * - `waiting`: for its turn, for the network, for the user to be idle, or to be tried again
 * - `running`: see `phase`
 * - `paused`: by the user, and stays so until they resume it
 * - `failed`: it cannot go on without the user
 * - `done`: installed and verified, unless `unverified`
 */
export type DownloadState = 'waiting' | 'running' | 'paused' | 'failed' | 'done';

/** What a running download does: looks for the bytes here, fetches, checks, puts in place. */
export type DownloadPhase = 'reusing' | 'fetching' | 'verifying' | 'installing';

/** A download as any window shows it. */
export interface DownloadStatus {
  readonly id: string;
  readonly model: ModelId;
  readonly revision: string;
  readonly variant: string;
  readonly quantisation?: string;
  readonly state: DownloadState;
  readonly phase?: DownloadPhase;
  /** Present while it waits. */
  readonly waitsFor?: 'turn' | 'idle' | 'network' | 'retry';
  readonly target: TargetKind | 'cortex';
  /** Where the files will be; absent where the runtime decides it. */
  readonly folder?: string;
  /** Bytes that are there: fetched, found on this machine, or verified in the phase `verifying`. */
  readonly bytes: number;
  /** Of these, what a team's cache brought; absent: nothing. */
  readonly cachedBytes?: number;
  /** Absent until it is known. */
  readonly totalBytes?: number;
  /** Of the last seconds; only while bytes flow. */
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** Present while `failed`, and while it waits to be tried again. */
  readonly failure?: DownloadFailure;
  /** Present where a runtime fetches it for another window or program. */
  readonly isOfOthers?: true;
  /** False where a runtime fetches by itself: it can be cancelled, not paused. */
  readonly pausable: boolean;
  readonly createdAt: number;
  readonly finishedAt?: number;
  /** Present once it is done, if a runtime fetched it and nobody could compare its bytes. */
  readonly unverified?: true;
}

/** How much of the line and of the user's time downloads may take. */
export interface DownloadSettings {
  /** Absent: as fast as it goes. */
  readonly bytesPerSecond?: number;
  readonly onlyWhenIdle: boolean;
}
