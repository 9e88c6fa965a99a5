import * as vscode from 'vscode';
import type { MemoryBudget } from '../../device/hardware.ts';
import { recommend } from '../../device/recommend.ts';
import type { Model } from '../../sync/model.ts';
import { hostWording } from '../details/hostWording.ts';
import { variantLabel } from '../details/variantRows.ts';
import { whyRecommended } from '../fitText.ts';
import { formatSize } from '../format.ts';
import { fitWord } from '../modelFacts.ts';
import type { SourceNode, TreeNode, VariantNode } from './nodes.ts';

/** What a hover tells. Upstream text is appended as text, so that it cannot become a link. */
export function tooltipOf(
  node: TreeNode,
  budget: MemoryBudget | undefined,
): vscode.MarkdownString | undefined {
  if (node.type === 'model') return modelTooltip(node.model, budget);
  if (node.type === 'source') return sourceTooltip(node);
  if (node.type === 'variant') return variantTooltip(node);
  return undefined;
}

function sourceTooltip({ source }: SourceNode): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(source.key);
  if (source.failure !== undefined) tooltip.appendText(`\n\n${source.failure.message}`);
  return tooltip;
}

function modelTooltip(model: Model, budget: MemoryBudget | undefined): vscode.MarkdownString {
  const { t } = vscode.l10n;
  const { count, number, date, sourceName } = hostWording;
  const tooltip = new vscode.MarkdownString('**');
  tooltip.appendText(model.id).appendMarkdown('**\n\n');
  if (model.description !== undefined) {
    tooltip.appendText(model.description).appendMarkdown('\n\n');
  }
  return withFacts(tooltip, [
    [t('Parameters'), told(model.parameters, count)],
    [t('For this machine'), forThisMachine(model, budget)],
    [t('Variants'), told(model.variants?.length, number)],
    [t('Licence'), model.license],
    [t('Task'), model.task],
    [t('Architecture'), model.architecture],
    [t('Context'), told(model.contextLength, number)],
    [t('Downloads'), told(model.downloads, count)],
    [t('Likes'), told(model.likes, count)],
    [t('Updated'), told(model.lastModified, date)],
    [t('Listed by'), model.sources.map(sourceName).join(', ') || undefined],
  ]);
}

/** The variant to take, how it fits, and why it is the one. */
function forThisMachine(model: Model, budget: MemoryBudget | undefined): string | undefined {
  const recommended = recommend(model.variants ?? [], model, budget);
  if (recommended === undefined) return undefined;
  const { variant } = recommended;
  const fit = fitWord(variant, model, budget, hostWording);
  const what = [variantLabel(variant), formatSize(variant.size), fit].filter(Boolean).join(', ');
  return `${what}. ${whyRecommended(recommended, hostWording)}`;
}

function variantTooltip({ variant }: VariantNode): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  for (const file of variant.files) {
    tooltip
      .appendMarkdown('- ')
      .appendText(`${file.path}, ${formatSize(file.size)}`)
      .appendMarkdown('\n');
  }
  return tooltip;
}

function withFacts(
  tooltip: vscode.MarkdownString,
  facts: readonly (readonly [string, string | undefined])[],
): vscode.MarkdownString {
  for (const [name, value] of facts) {
    if (value !== undefined)
      tooltip.appendMarkdown('- ').appendText(`${name}: ${value}`).appendMarkdown('\n');
  }
  return tooltip;
}

function told<T>(value: T | undefined, tell: (value: T) => string): string | undefined {
  return value === undefined ? undefined : tell(value);
}
