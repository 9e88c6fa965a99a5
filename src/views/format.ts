import * as vscode from 'vscode';
import type { Size, SourceKey } from '../sync/model.ts';
import { bytesText } from './bytesText.ts';

/** Bytes in powers of 1024, `4.7 GB`, as model hubs write them. */
export function formatBytes(bytes: number): string {
  return bytesText(bytes, vscode.env.language);
}

/** A size with how sure it is: `4.7 GB`, `≈ 4.7 GB` or `size unknown`. */
export function formatSize(size: Size): string {
  if (size.sureness === 'unknown') return vscode.l10n.t('size unknown');
  const text = formatBytes(size.bytes);
  return size.sureness === 'exact' ? text : `≈ ${text}`;
}

/** Counts in short, `1.2M`: parameters, downloads. */
export function formatCount(count: number): string {
  return count.toLocaleString(vscode.env.language, {
    notation: 'compact',
    maximumFractionDigits: count < 1e9 ? 0 : 1,
  });
}

/** How long ago a time was, `3 min. ago`. */
export function formatAge(time: number, now: number): string {
  const minutes = Math.max(0, Math.floor((now - time) / 60_000));
  if (minutes < 1) return vscode.l10n.t('just now');
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { style: 'short' });
  if (minutes < 60) return format.format(-minutes, 'minute');
  if (minutes < 48 * 60) return format.format(-Math.floor(minutes / 60), 'hour');
  return format.format(-Math.floor(minutes / (24 * 60)), 'day');
}

/** How far something is, `38 %`; never 100 % before it is all there. */
export function formatPercent(share: number): string {
  const shown = share < 1 ? Math.min(share, 0.99) : 1;
  return shown.toLocaleString(vscode.env.language, { style: 'percent' });
}

/** How long something takes, `4 min`: coarse, because it is a guess. */
export function formatDuration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [value, unit] =
    seconds < 60
      ? [Math.ceil(seconds), 'second']
      : minutes < 90
        ? [minutes, 'minute']
        : [Math.round(seconds / 3600), 'hour'];
  return value.toLocaleString(vscode.env.language, { style: 'unit', unit, unitDisplay: 'short' });
}

/** The name of a source as people say it. */
export function sourceName(key: SourceKey): string {
  if (key.startsWith('hf:')) return key.slice('hf:'.length);
  if (key === 'cortex') return 'Cortex';
  if (key.startsWith('published:')) return folderName(key.slice('published:'.length));
  return key === 'jan:v1'
    ? vscode.l10n.t("Jan's catalogue (v1)")
    : vscode.l10n.t("Jan's catalogue");
}

/** What kind of place a source is. */
export function sourceKind(key: SourceKey): string {
  if (key.startsWith('hf:')) return 'Hugging Face';
  if (key.startsWith('published:')) return vscode.l10n.t('published catalogue');
  return key === 'cortex' ? vscode.l10n.t('local server') : vscode.l10n.t('catalogue file');
}

/** `models.example.com/catalogue` of the address of a folder. */
function folderName(address: string): string {
  const { host, pathname } = new URL(address);
  return host + pathname.replace(/\/+$/, '');
}
