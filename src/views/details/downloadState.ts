import type { DownloadStatus } from '../../download/model.ts';
import { failureText, phaseText, progressParts, shareOf } from '../downloads/downloadText.ts';
import { shortCommit } from './detailsSubject.ts';
import type { LocalAction, Progress, VariantState } from './messages.ts';
import type { Wording } from './wording.ts';

/** The part of a variant's state that a download decides. */
export type DownloadWords = Pick<VariantState, 'phase' | 'progress' | 'detail' | 'actions'> & {
  readonly phase: string;
  readonly failure?: string;
};

/**
 * A download in words.
 * @param label what the variant is called
 * @param head the commit that is published now
 */
export function downloadWords(
  download: DownloadStatus,
  label: string,
  head: string | undefined,
  now: number,
  wording: Wording,
): DownloadWords {
  const progress = progressOf(download, label, wording);
  const text = detailText(download, head, wording);
  const title = download.folder === undefined ? undefined : wording.t('Into {0}', download.folder);
  const failure = failureText(download, now, wording);
  return {
    phase: phaseText(download, wording),
    ...(progress !== undefined && { progress }),
    ...(text !== '' && { detail: { text, ...(title !== undefined && { title }) } }),
    ...(failure !== undefined && { failure }),
    actions: actionsOf(download, label, wording),
  };
}

function progressOf(
  { state, bytes, totalBytes }: DownloadStatus,
  label: string,
  { t, percent }: Wording,
): Progress | undefined {
  if (state === 'failed' || state === 'done') return undefined;
  if (totalBytes === undefined || totalBytes === 0) {
    return state === 'running' ? { spoken: t('Progress of {0}', label) } : undefined;
  }
  const share = shareOf(bytes, totalBytes);
  return { share, spoken: t('Progress of {0}, {1}', label, percent(share)) };
}

/** `38 % · 1.9 GB of 4.9 GB · 11 MB/s · 4 min left`. */
function detailText(download: DownloadStatus, head: string | undefined, wording: Wording): string {
  const { revision } = download;
  const other = revision === head ? [] : [wording.t('commit {0}', shortCommit(revision))];
  return [...progressParts(download, wording), ...other].join(' · ');
}

function actionsOf(
  { id, state, waitsFor, pausable }: DownloadStatus,
  label: string,
  { t }: Wording,
): LocalAction[] {
  const pause: LocalAction = {
    does: 'pause',
    what: id,
    text: t('Pause'),
    spoken: t('Pause the download of {0}', label),
  };
  const resume = (text: string, spoken: string): LocalAction => ({
    does: 'resume',
    what: id,
    text,
    spoken,
  });
  const cancel: LocalAction = {
    does: 'cancel',
    what: id,
    text: t('Cancel'),
    spoken: t('Cancel the download of {0}, and remove what was fetched', label),
  };
  switch (state) {
    case 'paused':
      return [resume(t('Resume'), t('Resume the download of {0}', label)), cancel];
    case 'failed':
      return [resume(t('Retry'), t('Retry the download of {0}', label)), cancel];
    case 'waiting':
    case 'running': {
      const isRetry = waitsFor === 'retry' || waitsFor === 'network';
      const retry = resume(t('Try Now'), t('Try now to download {0}', label));
      return [...(isRetry ? [retry] : []), ...(pausable ? [pause] : []), cancel];
    }
    case 'done':
      return [];
  }
}
