import * as vscode from 'vscode';
import type { SourceReport } from '../sync/syncService.ts';
import { formatBytes } from './format.ts';

/** What a run changed and cost: `12 new, 3 updated, 41 KB`. */
export function summaryOf(sources: readonly SourceReport[]): string {
  const sum = (count: (source: SourceReport) => number): number =>
    sources.reduce((total, source) => total + count(source), 0);
  const added = sum((source) => source.added);
  const updated = sum((source) => source.updated);
  const removed = sum((source) => source.removed);
  const changes = [
    added > 0 ? vscode.l10n.t('{0} new', added) : '',
    updated > 0 ? vscode.l10n.t('{0} updated', updated) : '',
    removed > 0 ? vscode.l10n.t('{0} gone', removed) : '',
  ].filter(Boolean);
  if (changes.length === 0) changes.push(vscode.l10n.t('nothing new'));
  return [...changes, formatBytes(sum((source) => source.bytesReceived))].join(', ');
}
