import type { DownloadStatus } from '../../download/model.ts';
import type { Wording } from '../details/wording.ts';
import {
  downloadName,
  failureText,
  phaseText,
  progressParts,
  shareOf,
  speedText,
} from './downloadText.ts';

/** All downloads as the status bar tells them. */
export interface DownloadSummary {
  /** With the icon. */
  readonly text: string;
  readonly spoken: string;
  /** A line for each download that is not done. */
  readonly lines: readonly string[];
  /** One cannot go on without the user. */
  readonly failed: boolean;
}

/** Sums the downloads up; undefined if none goes on by itself and none needs the user. */
export function summaryOf(
  downloads: readonly DownloadStatus[],
  now: number,
  wording: Wording,
): DownloadSummary | undefined {
  const { t } = wording;
  const active = downloads.filter(isActive);
  const failed = downloads.filter(({ state }) => state === 'failed');
  if (active.length === 0 && failed.length === 0) return undefined;
  const lines = downloads
    .filter(({ state }) => state !== 'done')
    .map((download) => lineOf(download, now, wording));
  const failures =
    failed.length === 1 ? t('1 download failed') : t('{0} downloads failed', failed.length);
  if (active.length === 0) {
    return { text: `$(warning) ${failures}`, spoken: failures, lines, failed: true };
  }
  const progress = progressOf(active, wording);
  const icon = failed.length > 0 ? '$(warning)' : '$(cloud-download)';
  const spoken = [t('Downloading: {0}', progress), ...(failed.length > 0 ? [failures] : [])];
  return {
    text: `${icon} ${progress}`,
    spoken: spoken.join(', '),
    lines,
    failed: failed.length > 0,
  };
}

/** Whether it goes on by itself. */
export function isActive({ state }: DownloadStatus): boolean {
  return state === 'running' || state === 'waiting';
}

function progressOf(active: readonly DownloadStatus[], wording: Wording): string {
  const total = sum(active, ({ totalBytes }) => totalBytes);
  const speed = sum(active, ({ bytesPerSecond }) => bytesPerSecond);
  const share = shareOf(
    sum(active, ({ bytes }) => bytes),
    total,
  );
  const isRunning = active.some(({ state }) => state === 'running');
  const [only] = active;
  const state = isRunning
    ? speed > 0
      ? speedText(speed, wording)
      : ''
    : active.length === 1 && only !== undefined
      ? phaseText(only, wording)
      : wording.t('waiting');
  return [total > 0 ? wording.percent(share) : '', state].filter(Boolean).join(' · ');
}

function lineOf(download: DownloadStatus, now: number, wording: Wording): string {
  const failure = failureText(download, now, wording);
  const facts =
    failure ?? [phaseText(download, wording), ...progressParts(download, wording)].join(' · ');
  return `${downloadName(download)}: ${facts}`;
}

function sum(
  downloads: readonly DownloadStatus[],
  numberOf: (download: DownloadStatus) => number | undefined,
): number {
  return downloads.reduce((total, download) => total + (numberOf(download) ?? 0), 0);
}
