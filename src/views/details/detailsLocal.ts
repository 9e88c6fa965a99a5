import type { DownloadStatus, UpdatePreview } from '../../download/model.ts';
import type { InstalledEntry, InstalledSnapshot } from '../../runtime/installed.ts';
import type { Disposable } from '../../sync/clock.ts';
import type { ModelId } from '../../sync/model.ts';

/** What the details page shows of this machine, and what it can have done there. */
export interface DetailsLocal {
  /** The downloads, what is installed or the token may be others than before. */
  readonly onDidChange: (listener: () => void) => Disposable;
  /** As last heard; never waits. */
  downloads(): readonly DownloadStatus[];
  /** As last heard; undefined until it is known, which the first call sets going. Never waits. */
  installed(): InstalledSnapshot | undefined;
  /** Whether there is a token for the Hub. */
  hasToken(): boolean;
  /**
   * Queues a variant as it is published at a commit, also where an older one is installed. Ends
   * when the download is among `downloads()`, or the user did not want it after all.
   * @param revision 40 hex digits; undefined: what `main` is by now
   * @param variant see Variant.name
   * @throws an Error with a sentence for people
   */
  download(id: ModelId, revision: string | undefined, variant: string): Promise<void>;
  /** What an update would cost now; undefined where nobody can tell. Rejects with an Error. */
  preview(entry: InstalledEntry, signal: AbortSignal): Promise<UpdatePreview | undefined>;
  /** @param id see DownloadStatus.id; the same for those below */
  pause(id: string): Promise<void>;
  /** Goes on with one that is paused, or tries one that failed or waits once more. */
  resume(id: string): Promise<void>;
  /** Stops it and removes what was fetched. */
  cancel(id: string): Promise<void>;
}
