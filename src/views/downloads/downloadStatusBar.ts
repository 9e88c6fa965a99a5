import * as vscode from 'vscode';
import type { DownloadStatus } from '../../download/model.ts';
import type { Clock } from '../../sync/clock.ts';
import { hostWording } from '../details/hostWording.ts';
import { summaryOf } from './downloadSummary.ts';

/** The item that is there while something is downloaded, or has failed. */
export class DownloadStatusBar implements vscode.Disposable {
  readonly #clock: Clock;
  #item: vscode.StatusBarItem | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  update(downloads: readonly DownloadStatus[]): void {
    const summary = summaryOf(downloads, this.#clock.now(), hostWording);
    if (summary === undefined) {
      this.#item?.hide();
      return;
    }
    const item = (this.#item ??= newItem());
    item.text = summary.text;
    item.tooltip = tooltipOf(summary.lines);
    item.accessibilityInformation = { label: `Model Hub: ${summary.spoken}`, role: 'button' };
    item.backgroundColor = summary.failed
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    item.show();
  }

  dispose(): void {
    this.#item?.dispose();
  }
}

function newItem(): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem(
    'modelHub.downloads',
    vscode.StatusBarAlignment.Left,
    9,
  );
  item.name = vscode.l10n.t('Model Hub Downloads');
  item.command = 'modelHub.installed.focus';
  return item;
}

/** What upstreams wrote is appended as text, so that it cannot become a link. */
function tooltipOf(lines: readonly string[]): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString(`**${vscode.l10n.t('Downloads')}**\n\n`);
  for (const line of lines) tooltip.appendMarkdown('- ').appendText(line).appendMarkdown('\n');
  return tooltip;
}
