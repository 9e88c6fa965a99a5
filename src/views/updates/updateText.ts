import type { UpdatePreview } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { shortCommit } from '../details/detailsSubject.ts';
import { changesOf } from '../details/installedLines.ts';
import type { Wording } from '../details/wording.ts';

/** From this share of the bytes on there is nothing to be gained over fetching everything. */
const NEARLY_ALL = 0.9;

/** What an update costs: `Update: 38 MB of 4.9 GB (12 of 291 tensors changed)`. */
export function costText(
  { way, bytes, size, sureness, tensors }: UpdatePreview,
  { t, bytes: say }: Wording,
): string {
  if (bytes === 0 || way === 'here') {
    return t('Update: nothing to download, all of {0} is on this machine', say(size));
  }
  if (bytes >= size * NEARLY_ALL) {
    return t('Update: all of {0}: nearly nothing can be reused', say(size));
  }
  const cost = sureness === 'exact' ? say(bytes) : `≈ ${say(bytes)}`;
  if (way === 'splice') return t('Update: only the header changed: {0} of {1}', cost, say(size));
  if (tensors === undefined) return t('Update: {0} of {1}', cost, say(size));
  const { changed, total } = tensors;
  return t('Update: {0} of {1} ({2} of {3} tensors changed)', cost, say(size), changed, total);
}

/** One way to update, as it is offered. */
export interface UpdateChoice {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly keepsPrevious: boolean;
}

/** How an entry can be updated; what was not installed by us is nothing that we could keep. */
export function updateChoices(
  entry: InstalledEntry,
  preview: UpdatePreview,
  wording: Wording,
): UpdateChoice[] {
  const { t } = wording;
  const plain: UpdateChoice = {
    label: costText(preview, wording),
    description: '',
    detail: changesOf(entry, wording)?.summary ?? '',
    keepsPrevious: false,
  };
  return canKeep(entry)
    ? [plain, keepingChoice(entry, wording)]
    : [{ ...plain, ...stays(entry, t) }];
}

function keepingChoice({ kept, files }: InstalledEntry, { t, bytes }: Wording): UpdateChoice {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return {
    label: t('Update and keep the old revision'),
    description: t('{0} more on this disk', bytes(size)),
    detail:
      kept === undefined
        ? t('One can go back to it at any time.')
        : t(
            'One can go back to it at any time. Commit {0}, which is kept now, is removed.',
            shortCommit(kept.revision),
          ),
    keepsPrevious: true,
  };
}

function canKeep({ runtime, files }: InstalledEntry): boolean {
  const isOurs = files.some(({ expectedSha256 }) => expectedSha256 !== undefined);
  return isOurs && (runtime.kind === 'folder' || runtime.kind === 'jan');
}

/** The cache of Hugging Face has a snapshot for each commit. */
function stays({ runtime }: InstalledEntry, t: Wording['t']): Partial<UpdateChoice> {
  if (runtime.kind !== 'huggingFaceCache') return {};
  return { description: t('the old revision stays in the cache') };
}

/** What is kept beside an entry, in the room of a row. */
export function keptMark({ kept, update }: InstalledEntry, { t }: Wording): string {
  if (kept === undefined) return '';
  return isKeptNewer({ kept, update }) ? t('newer revision kept') : t('previous revision kept');
}

/** And in a sentence. */
export function keptText(
  { kept }: Pick<InstalledEntry, 'kept'>,
  { t, bytes }: Wording,
): string | undefined {
  return kept && t('Kept: commit {0}, {1}', shortCommit(kept.revision), bytes(kept.size));
}

/** Whether what is kept is what an update would bring. */
export function isKeptNewer({
  kept,
  update,
}: Pick<InstalledEntry, 'kept'> & {
  readonly update?: InstalledEntry['update'] | undefined;
}): boolean {
  return kept !== undefined && kept.revision === update?.revision;
}
