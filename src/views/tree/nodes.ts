import type { Model, SourceKey, SourceStatus, Variant } from '../../sync/model.ts';

/** What the tree shows. A node knows its parent and what tells it from all others. */
export type TreeNode = SourceNode | ModelNode | VariantNode | MoreNode;

export interface SourceNode {
  readonly type: 'source';
  readonly key: string;
  readonly source: SourceStatus;
}

export interface ModelNode {
  readonly type: 'model';
  readonly key: string;
  readonly parent: SourceNode;
  readonly model: Model;
}

export interface VariantNode {
  readonly type: 'variant';
  readonly key: string;
  readonly parent: ModelNode;
  readonly variant: Variant;
}

/** Stands for the models of a source that are not listed yet. */
export interface MoreNode {
  readonly type: 'more';
  readonly key: string;
  readonly parent: SourceNode;
  readonly remaining: number;
}

export function sourceNode(source: SourceStatus): SourceNode {
  return { type: 'source', key: sourceNodeKey(source.key), source };
}

export function sourceNodeKey(source: SourceKey): string {
  return `source ${source}`;
}

export function modelNode(parent: SourceNode, model: Model): ModelNode {
  return { type: 'model', key: `model ${parent.source.key} ${model.id}`, parent, model };
}

export function variantNode(parent: ModelNode, variant: Variant): VariantNode {
  return { type: 'variant', key: `variant ${parent.key} ${variant.name}`, parent, variant };
}

export function moreNode(parent: SourceNode, remaining: number): MoreNode {
  return { type: 'more', key: `more ${parent.source.key}`, parent, remaining };
}

/** Commands come from rows of the tree, but also from links and other extensions. */
export function isTreeNode(argument: unknown): argument is TreeNode {
  return (
    typeof argument === 'object' && argument !== null && 'type' in argument && 'key' in argument
  );
}
