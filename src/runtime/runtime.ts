/**
 * What this machine has and runs, as every runtime tells it. Sizes are bytes, times milliseconds
 * since 1970, paths absolute. Plain data, so that it crosses between threads.
 */
import type { Disposable } from '../sync/clock.ts';
import type { ModelId } from '../sync/model.ts';

export type RuntimeKind = 'folder' | 'jan' | 'cortex' | 'huggingFaceCache' | 'server';

/** A file of a model on this disk. */
export interface LocalFile {
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: number;
  /** The same for all names of the same bytes on a disk: device and file number. */
  readonly inode: string;
  readonly role: 'weights' | 'projector' | 'companion';
  /** What the runtime says its sha256 is, or what its name in the runtime's layout proves. */
  readonly sha256?: string;
  /** Its sha256 when it was verified as downloaded, whatever became of the file since. */
  readonly expectedSha256?: string;
}

/** Where a runtime says that an entry comes from; every field may be missing, none is proof. */
export interface ClaimedOrigin {
  readonly model?: ModelId;
  /** Commit, 40 hex digits. */
  readonly revision?: string;
  /** See Variant.name. */
  readonly variant?: string;
}

/** What a model can do as its runtime runs it. Every field may be missing. */
export interface ChatAbilities {
  /** Tokens of question and answer together. */
  readonly contextLength?: number;
  readonly takesTools?: boolean;
  readonly takesImages?: boolean;
}

/** A revision that was kept when another took its place, and that one can go back to. */
export interface KeptRevision {
  /** Commit, 40 hex digits. */
  readonly revision: string;
  /** See Variant.name. */
  readonly variant: string;
  /** Of the receipt that notes it. */
  readonly folder: string;
  /** Where they wait; none of them belongs to the entry itself. */
  readonly files: readonly LocalFile[];
  /** Of these files. */
  readonly size: number;
  /** Present if an exchange with the installed revision broke off between two files. */
  readonly isUnfinished?: true;
}

/** Something a runtime has: one model as it would be started. */
export interface RuntimeEntry {
  /** The runtime's own name for it, unique within the runtime. */
  readonly id: string;
  /** As shown. */
  readonly name: string;
  /** None where only a server tells of it. */
  readonly files: readonly LocalFile[];
  /** Of all files, or as the runtime tells it; absent if nobody knows. */
  readonly size?: number;
  readonly origin: ClaimedOrigin;
  readonly kept?: KeptRevision;
  /** Absent where the runtime does not tell. */
  readonly running?: boolean;
  /** What it can be asked for in a chat; absent where the runtime does not tell. */
  readonly abilities?: ChatAbilities;
  /** Present if the entry cannot be used: what is wrong and what to do, for people. */
  readonly problem?: string;
}

/** What a runtime has at one moment. */
export interface RuntimeListing {
  /** As shown: `Jan`, `Cortex`, `LM Studio`. */
  readonly name: string;
  /** Base address of its OpenAI-compatible API, ending in `/v1`, if it answers now. */
  readonly api?: string;
  /** Where its models are. */
  readonly folder?: string;
  readonly entries: readonly RuntimeEntry[];
  /** What kept the runtime from telling everything, for people. */
  readonly problem?: string;
}

/** How far a runtime is with what it fetches by itself. */
export interface PullProgress {
  readonly bytes: number;
  /** Absent until it is known. */
  readonly totalBytes?: number;
}

/** What a runtime fetches by itself because somebody else asked it to. */
export interface ObservedPull {
  /** The runtime's own name for it. */
  readonly id: string;
  readonly model: ModelId;
  /** See Variant.name. */
  readonly variant: string;
  readonly progress: PullProgress;
}

/** Tells of what a runtime fetches for others, who cannot be seen from here. */
export interface PullObserver {
  /** Those that run now. */
  readonly running: readonly ObservedPull[];
  /** Has the runtime stop one. @throws RuntimeError */
  stop(id: string, signal: AbortSignal): Promise<void>;
  /** Calls back when one has begun, ended, or is further. Never throws. */
  watch(onDidChange: () => void): Disposable;
}

/** One file of the Hub that a runtime is to fetch by itself. */
export interface PullRequest {
  readonly model: ModelId;
  readonly revision: string;
  /** In the repository. */
  readonly path: string;
}

/** What a runtime can do with an entry of its own. What it cannot do is absent. */
export interface RuntimeActions {
  /** Loads a model; ends when it answers. @throws RuntimeError */
  start?(id: string, signal: AbortSignal): Promise<void>;
  /** @throws RuntimeError */
  stop?(id: string, signal: AbortSignal): Promise<void>;
  /** Deletes by the runtime itself; where absent, the files of the entry are what to delete. */
  remove?(id: string, signal: AbortSignal): Promise<void>;
  /**
   * Fetches by the runtime itself; ends when it has it, with the id that it has for it. An abort
   * stops the runtime's download. @throws RuntimeError
   */
  pull?(
    request: PullRequest,
    onProgress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<string>;
  /**
   * Takes over files that are on this disk without copying them where that is possible; the id
   * that it has for them afterwards. @throws RuntimeError
   */
  adopt?(model: AdoptedModel, signal: AbortSignal): Promise<string>;
}

/** Files that are handed over to a runtime. */
export interface AdoptedModel {
  readonly name: string;
  readonly origin: ClaimedOrigin;
  /** The first file of the weights, and the projector if there is one. */
  readonly files: readonly LocalFile[];
}

/** A local program that runs models, or a folder of them. */
export interface Runtime {
  /** `folder`, `jan`, `cortex`, `huggingFaceCache`, or `server <address>`. */
  readonly id: string;
  readonly kind: RuntimeKind;
  readonly actions: RuntimeActions;
  /** Absent where a runtime fetches nothing by itself, or does not tell. */
  readonly pulls?: PullObserver;
  /**
   * What it has now; undefined if it is not on this machine, which costs next to nothing to find
   * out. A broken entry is told of in its own `problem` and hides no other.
   * @throws RuntimeError if the runtime is here but cannot tell anything
   */
  list(signal: AbortSignal): Promise<RuntimeListing | undefined>;
  /** Calls back, not more than once a second, when the list may be another. Never throws. */
  watch(onDidChange: () => void): Disposable;
}
