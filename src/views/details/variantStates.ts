import type { DownloadStatus } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Variant } from '../../sync/model.ts';
import type { DetailsSubject, LocalSubject } from './detailsSubject.ts';
import { variantRefusal } from './downloadRefusal.ts';
import { downloadWords } from './downloadState.ts';
import { changesOf, identityOf, runtimeText } from './installedLines.ts';
import { cachedText } from '../downloads/downloadText.ts';
import type { Explained, LocalAction, VariantState } from './messages.ts';
import { costText } from '../updates/updateText.ts';
import { variantLabel } from './variantRows.ts';
import type { Wording } from './wording.ts';

/** How long a finished download is shown as one before its runtime must have told of it, in ms. */
const FRESH = 60_000;

/**
 * The variants on this machine.
 * @param refusal why none can be downloaded, in words
 */
export function variantStates(
  subject: DetailsSubject,
  variants: readonly Variant[],
  refusal: string | undefined,
  wording: Wording,
): VariantState[] {
  return variants.map((variant) => {
    const state = stateOf(variant, subject, refusal, wording);
    const { t } = wording;
    const spoken = t('{0}: {1}', variantLabel(variant), state.phase ?? t('not installed'));
    return { key: variant.name, spoken, ...state };
  });
}

function stateOf(
  variant: Variant,
  { local, model, now }: DetailsSubject,
  refusal: string | undefined,
  wording: Wording,
): Omit<VariantState, 'key' | 'spoken'> {
  const { t } = wording;
  const label = variantLabel(variant);
  const entries = local.installed.filter(({ from }) => from?.variant === variant.name);
  const usable = entries.filter(({ problem }) => problem === undefined);
  const failures = [...refusedOf(variant, local), ...problemsOf(entries)];
  const places = usable.map((entry) => placeOf(entry, wording));
  const download = downloadOf(variant, local.downloads, usable.length > 0, now);
  if (download !== undefined) {
    const { failure, ...words } = downloadWords(download, label, model?.sha, now, wording);
    return {
      ...words,
      places,
      failures: failure === undefined ? failures : [failure, ...failures],
    };
  }
  if (local.asked.has(variant.name)) {
    return { phase: t('Starting…'), places, failures, actions: [] };
  }
  if (usable.some(({ update }) => update === undefined)) {
    const cached = cachedOf(variant, local.downloads, wording);
    const detail = cached === undefined ? {} : { detail: { text: cached } };
    return { phase: t('Installed'), places, failures, actions: [], ...detail };
  }
  const reason = refusal ?? variantRefusal(variant, wording);
  const own = refusal === undefined && reason !== undefined && { detail: { text: reason } };
  const [outdated] = usable;
  if (outdated === undefined) {
    const size = wording.size(variant.size);
    const action = fetchAction(variant, t('Download'), t('Download {0}, {1}', label, size), reason);
    return { places, failures, actions: [action], ...own };
  }
  const changes = changesOf(outdated, wording);
  const bytes = wording.bytes(outdated.update?.bytes ?? 0);
  const spoken = t('Update {0}, {1} to download', label, bytes);
  return {
    phase: t('Update available'),
    places,
    failures,
    ...(changes !== undefined && { changes }),
    actions: [fetchAction(variant, t('Update'), spoken, reason)],
    ...(own || estimateOf(outdated, local, wording)),
  };
}

/** What the update costs, as far as that is known. */
function estimateOf(
  entry: InstalledEntry,
  { estimates }: LocalSubject,
  wording: Wording,
): Pick<VariantState, 'detail'> {
  const estimate = estimates?.of(entry);
  if (estimate === undefined || estimate === 'unknown') return {};
  if (estimate === 'asked') return { detail: { text: wording.t('Update: estimating…') } };
  return { detail: { text: costText(estimate, wording) } };
}

/** How much of what is installed came from a team's cache, as far as its download is still known. */
function cachedOf(
  { name }: Variant,
  downloads: readonly DownloadStatus[],
  wording: Wording,
): string | undefined {
  const done = downloads.findLast(({ variant, state }) => variant === name && state === 'done');
  return done && cachedText(done, wording);
}

/** The newest download of a variant, but for one whose result is there or long since gone. */
function downloadOf(
  { name }: Variant,
  downloads: readonly DownloadStatus[],
  isInstalled: boolean,
  now: number,
): DownloadStatus | undefined {
  return downloads
    .filter(({ variant, state, finishedAt }) => {
      if (variant !== name) return false;
      return state !== 'done' || (!isInstalled && now - (finishedAt ?? 0) < FRESH);
    })
    .reduce<DownloadStatus | undefined>(
      (newest, each) => (each.createdAt >= (newest?.createdAt ?? 0) ? each : newest),
      undefined,
    );
}

function fetchAction(
  { name }: Variant,
  text: string,
  spoken: string,
  reason: string | undefined,
): LocalAction {
  return {
    does: 'download',
    what: name,
    text,
    ...(reason === undefined ? { spoken } : { spoken: `${spoken}. ${reason}`, disabled: true }),
  };
}

function placeOf(entry: InstalledEntry, wording: Wording): Explained {
  const { text, title } = identityOf(entry, wording);
  const runtime = runtimeText(entry, wording);
  const known = entry.update === undefined ? runtime : wording.t('{0}, older revision', runtime);
  return {
    text: entry.identity === 'proven' ? known : `${known} (${text})`,
    ...(title !== undefined && { title }),
  };
}

function refusedOf({ name }: Variant, { refused }: LocalSubject): string[] {
  const message = refused.get(name);
  return message === undefined ? [] : [message];
}

function problemsOf(entries: readonly InstalledEntry[]): string[] {
  return entries.flatMap(({ runtime, problem }) =>
    problem === undefined ? [] : [`${runtime.name}: ${problem}`],
  );
}
