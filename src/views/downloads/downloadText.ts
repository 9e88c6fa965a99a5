import type { DownloadStatus } from '../../download/model.ts';
import type { Wording } from '../details/wording.ts';

/** What a download does or waits for: `Verifying`. */
export function phaseText(download: DownloadStatus, wording: Wording): string {
  const { t } = wording;
  switch (download.state) {
    case 'waiting':
      return waitText(download, wording);
    case 'running':
      return workText(download, wording);
    case 'paused':
      return t('Paused');
    case 'failed':
      return t('Failed');
    case 'done':
      return download.unverified === true
        ? t('Downloaded by Cortex')
        : t('Downloaded and verified');
  }
}

function waitText({ waitsFor = 'turn' }: DownloadStatus, { t }: Wording): string {
  switch (waitsFor) {
    case 'idle':
      return t('Waiting until you are idle');
    case 'network':
      return t('Waiting for the network');
    case 'retry':
      return t('Waiting to be tried again');
    case 'turn':
      return t('Waiting for its turn');
  }
}

function workText({ phase = 'fetching' }: DownloadStatus, { t }: Wording): string {
  switch (phase) {
    case 'reusing':
      return t('Looking for its bytes on this machine');
    case 'verifying':
      return t('Verifying');
    case 'installing':
      return t('Installing');
    case 'fetching':
      return t('Downloading');
  }
}

/** How far a download is, in parts: `38 %`, `1.9 of 4.9 GB`, `11 MB/s`, `4 min left`. */
export function progressParts(download: DownloadStatus, wording: Wording): string[] {
  const { t, bytes: say, percent, duration } = wording;
  const { state, bytes, totalBytes, bytesPerSecond, secondsLeft } = download;
  const cached = cachedText(download, wording);
  const parts: string[] = [];
  if (state !== 'done') {
    if (totalBytes !== undefined && totalBytes > 0) {
      parts.push(percent(shareOf(bytes, totalBytes)));
      parts.push(amountText(bytes, totalBytes, wording));
    } else if (bytes > 0) {
      parts.push(say(bytes));
    }
  }
  if (state === 'running') {
    if (bytesPerSecond !== undefined) parts.push(speedText(bytesPerSecond, wording));
    if (secondsLeft !== undefined) parts.push(t('{0} left', duration(secondsLeft)));
  }
  if (cached !== undefined) parts.push(cached);
  return parts;
}

/** How much a team's cache brought; undefined if it was nothing. */
export function cachedText(
  { cachedBytes }: DownloadStatus,
  { t, bytes }: Wording,
): string | undefined {
  return cachedBytes === undefined ? undefined : t('{0} from the shared cache', bytes(cachedBytes));
}

/** `1.9 of 4.9 GB`, `800 MB of 4.9 GB`: the room for it is small. */
function amountText(bytes: number, totalBytes: number, { t, bytes: say }: Wording): string {
  const [amount, total] = [say(bytes), say(totalBytes)];
  const unit = total.slice(total.lastIndexOf(' '));
  return t('{0} of {1}', amount.endsWith(unit) ? amount.slice(0, -unit.length) : amount, total);
}

/** Why a download stopped or waits, and when it is tried again. */
export function failureText(
  { failure }: DownloadStatus,
  now: number,
  { t, duration }: Wording,
): string | undefined {
  if (failure?.retryAt === undefined) return failure?.message;
  const seconds = Math.max(1, (failure.retryAt - now) / 1000);
  return t('{0} It is tried again in {1}.', failure.message, duration(seconds));
}

/** `11 MB/s`. */
export function speedText(bytesPerSecond: number, { t, bytes }: Wording): string {
  return t('{0}/s', bytes(bytesPerSecond));
}

/** From 0 to 1. */
export function shareOf(bytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 0 : Math.min(1, bytes / totalBytes);
}

/** What a download is called: `Qwen3-8B-GGUF Q4_K_M`. */
export function downloadName(download: DownloadStatus): string {
  return `${modelName(download)} ${variantName(download)}`;
}

/** The model's name without its author. */
export function modelName({ model }: Pick<DownloadStatus, 'model'>): string {
  return model.slice(model.indexOf('/') + 1);
}

/** What people call a variant: its quantisation where it is known, else its file. */
export function variantName(download: Pick<DownloadStatus, 'quantisation' | 'variant'>): string {
  return download.quantisation ?? variantFile(download);
}

/** A variant without its folders: `Qwen3-8B-Q4_K_M`. */
export function variantFile({ variant }: Pick<DownloadStatus, 'variant'>): string {
  return variant.slice(variant.lastIndexOf('/') + 1);
}
