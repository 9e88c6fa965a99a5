import type { UpdatePreview } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Downloader, Wanted } from '../downloads/downloader.ts';
import { placeOf } from '../downloads/destination.ts';
import type { EntryWork } from '../installed/entryWork.ts';
import type { UpdateChoice } from './updateText.ts';

/** Finds out what an update costs; undefined if that was given up. */
export type Estimate = (signal: AbortSignal) => Promise<UpdatePreview | undefined>;

/**
 * Asks at once, so that no question comes up while the user types elsewhere, and tells what it costs
 * once the estimate ends. Who turns away before that gives the estimate up.
 */
export type AskForUpdate = (
  entry: InstalledEntry,
  estimate: Estimate,
) => Promise<Pick<UpdateChoice, 'keepsPrevious'> | undefined>;

export interface UpdatingServices {
  readonly downloader: Pick<Downloader, 'preview'>;
  readonly work: Pick<EntryWork, 'run'>;
  readonly ask: AskForUpdate;
  readonly download: (wanted: Wanted) => Promise<unknown>;
}

/**
 * Asks whether the update of an entry is wanted, finds out what it costs, which is shown on its row,
 * and begins it.
 * @throws DownloadRefused, SyncError or DownloadError
 */
export async function updateEntry(
  { downloader, work, ask, download }: UpdatingServices,
  entry: InstalledEntry,
): Promise<void> {
  const wanted = wantedFor(entry);
  if (wanted === undefined) return;
  const choice = await ask(entry, async (left) => {
    try {
      return await work.run(entry, 'estimating', (signal) =>
        downloader.preview(wanted, AbortSignal.any([signal, left])),
      );
    } catch (error) {
      if (left.aborted) return undefined;
      throw error;
    }
  });
  if (choice === undefined) return;
  await download({ ...wanted, ...(choice.keepsPrevious && { keepsPrevious: true }) });
}

/** The newest revision goes where the older one is; undefined if there is none. */
export function wantedFor({ from, update, runtime }: InstalledEntry): Wanted | undefined {
  if (from?.model === undefined || from.variant === undefined || update === undefined) {
    return undefined;
  }
  const to = placeOf(runtime);
  return {
    ...{ model: from.model, variant: from.variant, revision: update.revision },
    ...(to !== undefined && { to }),
  };
}

/** The same revision once more, of which only what is damaged is fetched; undefined if it is not known. */
export function repairOf({ from, runtime }: InstalledEntry): Wanted | undefined {
  const { model, variant, revision } = from ?? {};
  const to = placeOf(runtime);
  if (model === undefined || variant === undefined || revision === undefined) return undefined;
  return to && { model, variant, revision, to };
}
