import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';
import type { DownloadStatus, TargetKind } from '../model.ts';
import type { InstallTarget } from '../targets/target.ts';
import { withKeptLock } from './keptLock.ts';
import type { KeepingServices } from './oldRevision.ts';
import type { InstalledPlace } from './rollBack.ts';
import { rollBack } from './rollBack.ts';
import { settleKept } from './settleKept.ts';

export interface KeptRevisionsOptions extends Omit<KeepingServices, 'signal'> {
  readonly target: (kind: TargetKind) => InstallTarget;
  /** All downloads of all windows. */
  readonly downloads: () => readonly DownloadStatus[];
}

/** What is done at the user's wish with revisions that updates have kept. */
export class KeptRevisions {
  readonly #options: KeptRevisionsOptions;

  constructor(options: KeptRevisionsOptions) {
    this.#options = options;
  }

  /**
   * Exchanges the installed revision of a variant and the kept one.
   * @throws DownloadError in words if that cannot be done now; SyncError `cancelled`
   */
  async rollBack(kind: TargetKind, place: InstalledPlace, signal: AbortSignal): Promise<void> {
    await this.#undisturbed(place, signal, (own) =>
      rollBack(place, this.#options.target(kind), { ...this.#options, signal: own }),
    );
  }

  /**
   * Completes what broke off, and forgets a kept revision whose files are gone.
   * @throws DownloadError
   */
  async settle(place: InstalledPlace, signal: AbortSignal): Promise<void> {
    await this.#undisturbed(place, signal, () =>
      settleKept(place.folder, place.variant, this.#options.clock),
    );
  }

  async #undisturbed(
    { folder, variant }: InstalledPlace,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { clock, downloads } = this.#options;
    await withKeptLock(folder, clock, signal, async (own) => {
      // Asked for with the lock: a download that begins after this waits for it.
      const isUpdated = downloads().some(
        (one) => one.folder === folder && one.variant === variant && one.state !== 'done',
      );
      if (isUpdated) throw isDownloaded(variant);
      await work(own);
    });
  }
}

function isDownloaded(variant: string): DownloadError {
  return new DownloadError(
    'conflict',
    t('{0} is being downloaded. Let the download end, or cancel it, then try again.', variant),
  );
}
