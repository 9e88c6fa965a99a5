/** What is installed on this machine, as any window shows it. Plain data. */
import type { ModelId } from '../sync/model.ts';
import type { RuntimeEntry, RuntimeKind } from './runtime.ts';

/** Where an entry comes from, proven by the sha256 of its bytes. */
export interface ProvenOrigin {
  readonly model: ModelId;
  /** Commit, 40 hex digits, whose file has these bytes. */
  readonly revision: string;
  /** See Variant.name. */
  readonly variant: string;
  readonly quantisation?: string;
}

/** What became of a file between the installed revision and the published one. */
export interface ChangedFile {
  /** In the repository. */
  readonly path: string;
  readonly installedSize: number;
  /** Absent if it is no longer published. */
  readonly publishedSize?: number;
}

/** The published variant is another than the installed one. */
export interface AvailableUpdate {
  /** The newest commit. */
  readonly revision: string;
  readonly changed: readonly ChangedFile[];
  /** Bytes of the changed files as published. */
  readonly bytes: number;
}

/** One entry of one runtime, with what is known about it. */
export interface InstalledEntry extends RuntimeEntry {
  /** Unique on this machine. */
  readonly key: string;
  readonly runtime: {
    readonly id: string;
    readonly kind: RuntimeKind;
    readonly name: string;
    readonly api?: string;
    /** `update`: another download of a newer revision takes the place of this one. */
    readonly can: readonly ('start' | 'stop' | 'remove' | 'adopt' | 'update')[];
  };
  /**
   * `proven` by sha256; `claimed` by the runtime, or by its names; `computing` while its bytes are
   * still to be hashed; `unknown` if no model of the catalogue has these bytes.
   */
  readonly identity: 'proven' | 'claimed' | 'computing' | 'unknown';
  /** Of the bytes if `proven`, else as claimed. */
  readonly from?: Partial<ProvenOrigin>;
  readonly update?: AvailableUpdate;
  /** Present if files have other bytes than they had when they were verified. */
  readonly damaged?: true;
  /** Keys of other entries that hold the same bytes on disk of their own: they could be links. */
  readonly duplicates: readonly string[];
}

/** Everything installed, at one moment. */
export interface InstalledSnapshot {
  readonly entries: readonly InstalledEntry[];
  /** Runtimes that are on this machine, with what kept one from telling everything. */
  readonly runtimes: readonly {
    readonly id: string;
    readonly kind: RuntimeKind;
    readonly name: string;
    readonly api?: string;
    readonly folder?: string;
    readonly problem?: string;
    /** What it can be asked to fetch by itself or to take over. */
    readonly can: readonly ('pull' | 'adopt')[];
  }[];
  /** False until every runtime has been asked once. */
  readonly complete: boolean;
  /** Bytes that merging all duplicates would free. */
  readonly duplicateBytes: number;
}
