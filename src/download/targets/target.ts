import type { DownloadPlan, TargetKind } from '../model.ts';

/** Where the files of a plan go. Plain data: it is kept with the download. */
export interface Placement {
  /** The folder of the user or of the runtime that nothing may leave; never removed. */
  readonly root: string;
  /** Where the model will be, as shown. */
  readonly folder: string;
  /** Absolute, by the order of the plan's files. */
  readonly paths: readonly string[];
}

/** Whose folder downloads end up in, in which layout. */
export interface InstallTarget {
  readonly kind: TargetKind;
  /**
   * Decides where the files of a plan go; writes nothing.
   * @param taken folders that other downloads, which are not done, will fill
   * @throws DownloadError `badName`, or `folder` if the layout cannot hold such files
   */
  place(plan: DownloadPlan, taken: ReadonlySet<string>): Promise<Placement>;
  /**
   * Makes files that are verified and in their place known to whoever uses the layout. May be
   * called again for the same files.
   * @param modifiedAt when they had been modified as they were verified, in whole ms since 1970
   * @throws DownloadError
   */
  finish(plan: DownloadPlan, placement: Placement, modifiedAt: readonly number[]): Promise<void>;
  /** True if a file is a part of something that is installed, so that it has to stay. */
  isInstalled(path: string, placement: Placement): Promise<boolean>;
  /** True if what is in the place of a file is not the user's own. */
  mayReplace(path: string, placement: Placement): Promise<boolean>;
}
