import type { MemoryBudget } from '../../device/hardware.ts';
import { recommend } from '../../device/recommend.ts';
import type { Model } from '../../sync/model.ts';
import { variantLabel } from '../details/variantRows.ts';
import type { Wording } from '../details/wording.ts';
import { whyRecommended } from '../fitText.ts';
import { markdownText } from '../markdownText.ts';
import { fitWord } from '../modelFacts.ts';
import type { SourceNode, TreeNode, VariantNode } from './nodes.ts';

/** What a hover tells, as Markdown. Upstream text stays text: it cannot become a link. */
export function tooltipOf(
  node: TreeNode,
  budget: MemoryBudget | undefined,
  wording: Wording,
): string | undefined {
  if (node.type === 'model') return modelTooltip(node.model, budget, wording);
  if (node.type === 'source') return sourceTooltip(node);
  if (node.type === 'variant') return variantTooltip(node, wording);
  return undefined;
}

function sourceTooltip({ source }: SourceNode): string {
  return paragraphs([markdownText(source.key), told(source.failure?.message, markdownText)]);
}

function modelTooltip(model: Model, budget: MemoryBudget | undefined, wording: Wording): string {
  const { t, count, number, date, sourceName } = wording;
  return paragraphs([
    `**${markdownText(model.id)}**`,
    told(model.description, markdownText),
    facts([
      [t('Parameters'), told(model.parameters, count)],
      [t('For this machine'), forThisMachine(model, budget, wording)],
      [t('Variants'), told(model.variants?.length, number)],
      [t('Licence'), model.license],
      [t('Task'), model.task],
      [t('Architecture'), model.architecture],
      [t('Context'), told(model.contextLength, number)],
      [t('Downloads'), told(model.downloads, count)],
      [t('Likes'), told(model.likes, count)],
      [t('Updated'), told(model.lastModified, date)],
      [t('Listed by'), model.sources.map(sourceName).join(', ') || undefined],
    ]),
  ]);
}

/** The variant to take, how it fits, and why it is the one. */
function forThisMachine(
  model: Model,
  budget: MemoryBudget | undefined,
  wording: Wording,
): string | undefined {
  const recommended = recommend(model.variants ?? [], model, budget);
  if (recommended === undefined) return undefined;
  const { variant } = recommended;
  const fit = fitWord(variant, model, budget, wording);
  const what = [variantLabel(variant), wording.size(variant.size), fit].filter(Boolean).join(', ');
  return `${what}. ${whyRecommended(recommended, wording)}`;
}

function variantTooltip({ variant }: VariantNode, { size }: Wording): string {
  return list(variant.files.map((file) => `${file.path}, ${size(file.size)}`));
}

function facts(named: readonly (readonly [string, string | undefined])[]): string {
  return list(named.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])));
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${markdownText(line)}`).join('\n');
}

function paragraphs(texts: readonly (string | undefined)[]): string {
  return texts.filter(Boolean).join('\n\n');
}

function told<T>(value: T | undefined, tell: (value: T) => string): string | undefined {
  return value === undefined ? undefined : tell(value);
}
