import type { MemoryBudget } from '../../device/hardware.ts';
import type { SearchFilters } from '../../sync/cache/search.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import { isGated } from '../access.ts';
import { variantLabel } from '../details/variantRows.ts';
import type { Wording } from '../details/wording.ts';
import { isUnreachable } from '../health.ts';
import { fitWord, modelFacts } from '../modelFacts.ts';
import { modelsText } from '../modelsText.ts';
import type {
  GroupNode,
  ModelList,
  ModelNode,
  MoreNode,
  NoteNode,
  SourceNode,
  TreeNode,
  VariantNode,
} from './nodes.ts';

/** How a node looks and what it says of itself. */
export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** All of it in words, for who hears it. */
  readonly spoken: string;
  /** Codicon. */
  readonly icon: string;
  /** Something of it is news. */
  readonly isNews?: boolean;
  /** What menus go by: words with spaces between. */
  readonly context: string;
  readonly opens: 'never' | 'closed' | 'open';
}

/** What rows depend on besides the catalogue. */
export interface RowCircumstances {
  /** What models may take of this machine; absent until it is known. */
  readonly budget: MemoryBudget | undefined;
  readonly isFavourite: (id: ModelId) => boolean;
  readonly isPinned: (id: ModelId) => boolean;
  readonly isHidden: (id: ModelId) => boolean;
  /** Of the filter: variants that these ask for are shown. */
  readonly filters: SearchFilters;
}

/** Groups of more rows than this are closed at first, so that what follows is in sight. */
const FEW = 10;

/** The row of a node. Cheap: what only a hover tells is built by `tooltipOf`. */
export function treeRow(node: TreeNode, around: RowCircumstances, wording: Wording): TreeRow {
  switch (node.type) {
    case 'source':
      return sourceRow(node, wording);
    case 'group':
      return groupRow(node, wording);
    case 'model':
      return modelRow(node, around, wording);
    case 'variant':
      return variantRow(node, around, wording);
    case 'more':
      return moreRow(node, wording);
    case 'note':
      return noteRow(node);
  }
}

/** `300 models`, or `≈ 300 models`. */
function countOf({ models, hidden = 0, estimated }: ModelList, wording: Wording): string {
  const text = modelsText(models - hidden, wording);
  return estimated === true ? `≈ ${text}` : text;
}

function sourceRow({ source, list }: SourceNode, wording: Wording): TreeRow {
  const { t } = wording;
  const label = wording.sourceName(source.key);
  const failed = source.failure !== undefined && !isUnreachable(source);
  const state = source.failure === undefined ? '' : failed ? t('not refreshed') : t('not reached');
  const count = countOf(list, wording);
  const description = joined([wording.sourceKind(source.key), count, state]);
  return {
    ...{ label, description, context: 'source' },
    spoken: spoken([label, description, source.failure?.message ?? ''], wording),
    icon: failed ? 'warning' : sourceIcon(source.key),
    opens: list.models > 0 ? 'open' : 'closed',
  };
}

function sourceIcon(source: string): string {
  if (source.startsWith('hf:')) return 'account';
  return source === 'cortex' ? 'server' : 'list-unordered';
}

function groupRow({ kind, name, list }: GroupNode, wording: Wording): TreeRow {
  const { t } = wording;
  const description = countOf(list, wording);
  const row = (label: string, icon: string): Pick<TreeRow, 'label' | 'icon'> => ({ label, icon });
  const looks = {
    favourites: () => row(t('Favourites'), 'star-full'),
    news: () => row(t('New Since Last Visit'), 'sparkle'),
    author: () => row(name, 'account'),
    family: () => row(name === '' ? t('Other Families') : name, 'symbol-class'),
  }[kind]();
  const isNoted = kind === 'favourites' || kind === 'news';
  return {
    ...looks,
    description,
    spoken: spoken([looks.label, description], wording),
    isNews: kind === 'news',
    context: kind,
    opens: isNoted && list.models <= FEW ? 'open' : 'closed',
  };
}

function modelRow(
  { model, parent }: ModelNode,
  { budget, isFavourite, isPinned, isHidden, filters }: RowCircumstances,
  wording: Wording,
): TreeRow {
  const { t } = wording;
  const { variant, news, gated, size, fit } = modelFacts(model, filters, budget, wording);
  const gone = model.published ? '' : t('no longer published');
  const facts = [gated, size, fit, gone];
  const favourite = isFavourite(model.id);
  const [pinned, hidden] = [isPinned(model.id), isHidden(model.id)];
  const marks = [pinned ? t('pinned') : '', hidden ? t('hidden') : ''];
  return {
    label: model.name,
    description: joined([news, ...marks, isNamedBy(parent, model) ? '' : model.author, ...facts]),
    spoken: spoken(
      [
        model.name,
        news,
        model.author,
        favourite ? t('favourite') : '',
        ...marks,
        ...facts,
        variantCount(model, wording),
      ],
      wording,
    ),
    icon: pinned ? 'pinned' : modelIcon(model),
    isNews: news !== '',
    context: [
      'model',
      favourite ? 'favourite' : 'unmarked',
      pinned ? 'pinned' : 'loose',
      hidden ? 'hidden' : 'shown',
      variant !== undefined && model.published ? 'downloadable' : '',
    ]
      .filter(Boolean)
      .join(' '),
    opens: (model.variants ?? []).length > 0 ? 'closed' : 'never',
  };
}

function variantCount({ variants = [] }: Model, { t }: Wording): string {
  if (variants.length === 0) return '';
  return variants.length === 1 ? t('1 variant') : t('{0} variants', variants.length);
}

/** Whether the row above tells the author already. */
function isNamedBy(parent: ModelNode['parent'], { author }: Model): boolean {
  if (parent?.type === 'source') return parent.source.key === `hf:${author}`;
  return parent?.kind === 'author';
}

function modelIcon(model: Model): string {
  if (model.disabled === true || !model.published) return 'circle-slash';
  return isGated(model) ? 'lock' : 'package';
}

function variantRow(
  { parent: { model }, variant }: VariantNode,
  { budget, filters }: RowCircumstances,
  wording: Wording,
): TreeRow {
  const { t } = wording;
  const label = variantLabel(variant);
  const { variant: recommended } = modelFacts(model, filters, budget, wording);
  const description = joined([
    wording.size(variant.size),
    variant.files.length > 1 ? t('{0} parts', variant.files.length) : '',
    fitWord(variant, model, budget, wording),
    variant === recommended && budget !== undefined ? t('recommended') : '',
  ]);
  return {
    ...{ label, description, icon: 'file-binary', context: 'variant', opens: 'never' },
    spoken: spoken([label, description], wording),
  };
}

function moreRow({ remaining }: MoreNode, { t, number }: Wording): TreeRow {
  const label =
    remaining === undefined ? t('Show More') : t('Show More ({0} left)', number(remaining));
  return {
    label,
    description: '',
    spoken: label,
    icon: 'ellipsis',
    context: 'more',
    opens: 'never',
  };
}

function noteRow({ text }: NoteNode): TreeRow {
  return {
    label: text,
    description: '',
    spoken: text,
    icon: 'info',
    context: 'note',
    opens: 'never',
  };
}

function joined(facts: readonly string[]): string {
  return facts.filter(Boolean).join(' · ');
}

/** Signs in words, with the pauses of a sentence. */
function spoken(facts: readonly string[], { t }: Wording): string {
  return facts.filter(Boolean).join(', ').replaceAll(' · ', ', ').replaceAll('≈', t('about'));
}
