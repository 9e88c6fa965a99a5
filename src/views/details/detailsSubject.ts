import type { Hardware } from '../../device/hardware.ts';
import type { DownloadStatus } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Model, ModelId, SourceStatus } from '../../sync/model.ts';
import type { ModelHistory } from '../../sync/modelHistory.ts';
import type { DetailsState } from './detailsLoader.ts';
import type { UpdateEstimates } from './updateEstimates.ts';

/** What is asked for where the commit of a model is not known. */
export const MAIN = 'main';

/** What is known of a model on this machine. */
export interface LocalSubject {
  readonly downloads: readonly DownloadStatus[];
  readonly installed: readonly InstalledEntry[];
  /** Whether there is a token for the Hub. */
  readonly hasToken: boolean;
  /** Names of variants that were asked for a moment ago. */
  readonly asked: ReadonlySet<string>;
  /** Why what was last asked of a variant could not be done, in words, by its name. */
  readonly refused: ReadonlyMap<string, string>;
  /** What is known of the cost of updates. */
  readonly estimates?: Pick<UpdateEstimates, 'of'>;
}

/** All that the page of one model is made from. */
export interface DetailsSubject {
  readonly id: ModelId;
  /** Absent if the catalogue does not know it. */
  readonly model: Model | undefined;
  readonly sources: readonly SourceStatus[];
  readonly history: ModelHistory;
  readonly favourite: boolean;
  readonly details: DetailsState;
  readonly local: LocalSubject;
  /** Absent until it is known. */
  readonly hardware?: Hardware | undefined;
  /** Why the catalogue could not be read, in words. */
  readonly trouble?: string;
  /** Whether remote images may be shown. */
  readonly images: boolean;
  /** Address of the Hub. */
  readonly endpoint: string;
  readonly now: number;
}

/** The revision whose details belong to what the catalogue says of a model. */
export function revisionOf(model: Pick<Model, 'sha'>): string {
  return model.sha ?? MAIN;
}

/** Whether a revision is one for ever: 40 hex digits, not the name of a branch. */
export function isCommit(revision: string | undefined): revision is string {
  return revision !== undefined && /^[0-9a-f]{40}$/.test(revision);
}

/** As many digits of a commit as people read. */
export function shortCommit(revision: string): string {
  return revision.slice(0, 7);
}
