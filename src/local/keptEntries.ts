import { t } from '@vscode/l10n';
import type { KeptRevisions } from '../download/kept/keptRevisions.ts';
import type { InstalledPlace } from '../download/kept/rollBack.ts';
import type { TargetKind } from '../download/model.ts';
import { RuntimeError } from '../runtime/errors.ts';
import type { InstalledModels } from '../runtime/installedModels.ts';
import type { IdentifiedEntry } from '../runtime/installedSnapshot.ts';
import type { Removal } from '../runtime/removal.ts';
import { removalOf } from '../runtime/removal.ts';
import type { KeptRevision, LocalFile, RuntimeEntry, RuntimeKind } from '../runtime/runtime.ts';
import type { Clock } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';

/** Whose files we put in place ourselves, so that we may exchange them. */
const TARGETS: Partial<Record<RuntimeKind, TargetKind>> = { folder: 'folder', jan: 'jan' };

/** What cannot be completed, as its file is in use, is left alone for so long, in ms. */
const RETRY_AFTER = 60_000;

export interface KeptEntriesOptions {
  readonly installed: Pick<InstalledModels, 'entries' | 'entry' | 'ready' | 'rescan'>;
  readonly revisions: Pick<KeptRevisions, 'rollBack' | 'settle'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** What is installed, together with the revisions that are kept beside it. */
export class KeptEntries {
  readonly #options: KeptEntriesOptions;
  /** When each broken exchange was last to be completed, by the key of its entry. */
  readonly #tried = new Map<string, number>();

  constructor(options: KeptEntriesOptions) {
    this.#options = options;
  }

  /** @throws RuntimeError `refused` while it runs, or if nothing is kept; DownloadError */
  async rollBack(key: string, signal: AbortSignal): Promise<void> {
    const identified = await this.#entry(key);
    const { entry } = identified;
    const running = this.#options.installed.entries.find((one) => {
      return one.entry.running === true && haveCommonFiles(one.entry, entry);
    });
    if (running !== undefined) {
      throw new RuntimeError(
        'refused',
        t('{0} is running in {1}. Stop it first.', entry.name, running.entry.runtime.name),
      );
    }
    const { target, place } = placeOf(identified);
    try {
      await this.#options.revisions.rollBack(target, place, signal);
    } finally {
      // Also what broke off may have changed something.
      await this.#rescan([identified.runtime.kind], signal);
    }
  }

  /** What deleting an entry with all that is kept of it means. */
  async removal(key: string): Promise<Removal> {
    const identified = await this.#entry(key);
    return await this.#removalOf(identified, allFiles(identified.entry));
  }

  /** What deleting only its kept revision means. */
  async keptRemoval(key: string): Promise<Removal> {
    const identified = await this.#entry(key);
    const { kept } = placeOf(identified);
    return await this.#removalOf(identified, kept.files, identified.entry.files);
  }

  /** The files of a kept revision are gone. @throws DownloadError */
  async forget(key: string, signal: AbortSignal): Promise<void> {
    const identified = await this.#entry(key);
    await this.#options.revisions.settle(placeOf(identified).place, signal);
    await this.#rescan([identified.runtime.kind], signal);
  }

  /**
   * Completes exchanges that were left half done. To be called whenever something has changed; what
   * cannot be completed yet is not tried at each call. Never rejects.
   */
  async complete(signal: AbortSignal): Promise<void> {
    const { installed, clock } = this.#options;
    const unfinished = installed.entries.filter(({ entry }) => entry.kept?.isUnfinished === true);
    const keys = new Set(unfinished.map(({ entry }) => entry.key));
    for (const key of this.#tried.keys()) if (!keys.has(key)) this.#tried.delete(key);
    for (const identified of unfinished) {
      const { key, name } = identified.entry;
      if (clock.now() - (this.#tried.get(key) ?? -Infinity) < RETRY_AFTER) continue;
      this.#tried.set(key, clock.now());
      try {
        await this.#options.revisions.settle(placeOf(identified).place, signal);
        await this.#rescan([identified.runtime.kind], signal);
      } catch (error) {
        this.#options.logger.warn(`${name} has files of two revisions: ${describeError(error)}`);
      }
    }
  }

  async #entry(key: string): Promise<IdentifiedEntry> {
    const { installed } = this.#options;
    await installed.ready();
    return installed.entry(key);
  }

  async #rescan(kinds: readonly RuntimeKind[], signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await this.#options.installed.rescan(signal, kinds);
  }

  async #removalOf(
    { entry: { key }, folder }: IdentifiedEntry,
    files: readonly LocalFile[],
    staying: readonly LocalFile[] = [],
  ): Promise<Removal> {
    const others = this.#options.installed.entries.filter((one) => one.entry.key !== key);
    return await removalOf({ files }, folder, [
      ...others.map(({ entry }) => ({ files: allFiles(entry) })),
      { files: staying },
    ]);
  }
}

function placeOf({ runtime, entry, folder: root }: IdentifiedEntry): {
  readonly kept: KeptRevision;
  readonly target: TargetKind;
  readonly place: InstalledPlace;
} {
  const { kept } = entry;
  const target = TARGETS[runtime.kind];
  if (kept === undefined || target === undefined) {
    throw new RuntimeError('refused', t('No other revision of {0} is kept here.', entry.name));
  }
  const { folder, variant } = kept;
  return { kept, target, place: { root: root ?? folder, folder, variant } };
}

function allFiles({ files, kept }: Pick<RuntimeEntry, 'files' | 'kept'>): readonly LocalFile[] {
  return [...files, ...(kept?.files ?? [])];
}

function haveCommonFiles(
  one: Pick<RuntimeEntry, 'files'>,
  other: Pick<RuntimeEntry, 'files'>,
): boolean {
  const inodes = new Set(one.files.map(({ inode }) => inode));
  return other.files.some(({ inode }) => inodes.has(inode));
}
