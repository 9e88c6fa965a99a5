import * as vscode from 'vscode';
import type { RunSummary } from '../sync/history.ts';
import { localDay } from '../sync/localDay.ts';
import type { SourceReport } from '../sync/syncService.ts';
import { formatBytes } from './format.ts';
import { summaryOf } from './runSummary.ts';

/** The sync history as a page of text: a line for each run, and one for each of its sources. */
export function historyText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return `${vscode.l10n.t('No sync has run yet.')}\n`;
  const title = vscode.l10n.t('The last {0} runs, newest first', runs.length);
  return `${[title, '', ...runs.flatMap(runLines)].join('\n')}\n`;
}

function runLines(run: RunSummary): string[] {
  const cost = [
    vscode.l10n.t('{0} requests', run.requests),
    vscode.l10n.t(
      '{0} received, ≈ {1} for a full fetch',
      formatBytes(run.bytes),
      formatBytes(run.wholeBytes),
    ),
    `${(run.durationMs / 1_000).toFixed(1)} s`,
  ].join(', ');
  return [
    `${timeText(run.at)}  ${run.reason}: ${summaryOf(run.sources)}; ${cost}`,
    ...run.sources.map((source) => `    ${source.source}: ${outcomeOf(source)}`),
    '',
  ];
}

function outcomeOf(source: SourceReport): string {
  if (source.error !== undefined) return `${source.error.kind}: ${source.error.message}`;
  if (source.skipped !== undefined) return vscode.l10n.t('not asked ({0})', source.skipped);
  const dropped =
    source.dropped > 0 ? [vscode.l10n.t('{0} unreadable entries', source.dropped)] : [];
  return [summaryOf([source]), ...dropped].join(', ');
}

/** Sortable and without a zone to guess: `2026-11-22 18:37:02` of the machine's own clock. */
function timeText(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${localDay(time)} ${clock}`;
}
