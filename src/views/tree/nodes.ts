import type { SearchFilters } from '../../sync/cache/search.ts';
import type { Model, ModelId, SourceKey, SourceStatus, Variant } from '../../sync/model.ts';

/** What the tree shows. A node knows its parent and what tells it from all others. */
export type TreeNode = ParentNode | ModelNode | VariantNode | MoreNode | NoteNode;

/** What holds models. */
export type ParentNode = SourceNode | GroupNode;

/** Which models a list holds; its key tells it from all others. */
export interface ModelList {
  readonly key: string;
  /** Only what this source publishes. */
  readonly of?: SourceKey;
  readonly filters?: SearchFilters;
  /** Only these. */
  readonly only?: readonly ModelId[];
  /** How many the catalogue finds. */
  readonly models: number;
  /** How many of them are left out, because the user has hidden them. */
  readonly hidden?: number;
  /** Some of them are left out once they are looked at closely. */
  readonly estimated?: boolean;
}

export interface SourceNode {
  readonly type: 'source';
  readonly key: string;
  readonly source: SourceStatus;
  readonly list: ModelList;
}

export type GroupKind = 'favourites' | 'news' | 'author' | 'family';

export interface GroupNode {
  readonly type: 'group';
  readonly key: string;
  readonly kind: GroupKind;
  /** Of the author or the family; empty: of no known family. */
  readonly name: string;
  readonly list: ModelList;
}

export interface ModelNode {
  readonly type: 'model';
  readonly key: string;
  /** Absent where the models are not put together. */
  readonly parent?: ParentNode;
  readonly model: Model;
}

export interface VariantNode {
  readonly type: 'variant';
  readonly key: string;
  readonly parent: ModelNode;
  readonly variant: Variant;
}

/** Stands for what a list holds besides. */
export interface MoreNode {
  readonly type: 'more';
  readonly key: string;
  readonly parent?: ParentNode;
  /** The list that goes on. */
  readonly list: string;
  /** Absent if that is not known. */
  readonly remaining?: number;
}

/** Says something. */
export interface NoteNode {
  readonly type: 'note';
  readonly key: string;
  readonly parent?: ParentNode;
  readonly text: string;
}

export function sourceNode(source: SourceStatus, found?: Partial<ModelList>): SourceNode {
  const key = `source ${source.key}`;
  const list = { key, of: source.key, models: source.models, ...found };
  return { type: 'source', key, source, list };
}

export function groupNode(kind: GroupKind, name: string, list: Omit<ModelList, 'key'>): GroupNode {
  const key = `${kind} ${name.toLowerCase()}`;
  return { type: 'group', key, kind, name, list: { key, ...list } };
}

export function modelNode(
  list: ModelList,
  parent: ParentNode | undefined,
  model: Model,
): ModelNode {
  return { type: 'model', key: `model ${list.key} ${model.id}`, ...inside(parent), model };
}

export function variantNode(parent: ModelNode, variant: Variant): VariantNode {
  return { type: 'variant', key: `variant ${parent.key} ${variant.name}`, parent, variant };
}

export function moreNode(
  list: ModelList,
  parent: ParentNode | undefined,
  remaining: number | undefined,
): MoreNode {
  const known = remaining === undefined ? {} : { remaining };
  return { type: 'more', key: `more ${list.key}`, list: list.key, ...inside(parent), ...known };
}

export function noteNode(key: string, parent: ParentNode | undefined, text: string): NoteNode {
  return { type: 'note', key: `note ${key}`, ...inside(parent), text };
}

function inside(parent: ParentNode | undefined): { readonly parent?: ParentNode } {
  return parent === undefined ? {} : { parent };
}

/** Commands come from rows of the tree, but also from links and other extensions. */
export function isTreeNode(argument: unknown): argument is TreeNode {
  return (
    typeof argument === 'object' && argument !== null && 'type' in argument && 'key' in argument
  );
}
