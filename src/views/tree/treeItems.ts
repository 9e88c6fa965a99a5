import * as vscode from 'vscode';
import type { Model } from '../../sync/model.ts';
import { formatCount, formatModels, formatSize, sourceKind, sourceName } from '../format.ts';
import { isUnreachable } from '../health.ts';
import type { ModelNode, MoreNode, SourceNode, TreeNode, VariantNode } from './nodes.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** How a node looks. Cheap: what only a hover needs is built by `tooltipOf`. */
export function treeItem(node: TreeNode): vscode.TreeItem {
  switch (node.type) {
    case 'source':
      return sourceItem(node);
    case 'model':
      return modelItem(node);
    case 'variant':
      return variantItem(node);
    case 'more':
      return moreItem(node);
  }
}

/** What a hover tells. Upstream text is appended as text, so that it cannot become a link. */
export function tooltipOf(node: TreeNode): vscode.MarkdownString | undefined {
  if (node.type === 'model') return modelTooltip(node.model);
  if (node.type === 'source') return sourceTooltip(node);
  if (node.type === 'variant') return variantTooltip(node);
  return undefined;
}

function item(label: string, properties: Partial<vscode.TreeItem>): vscode.TreeItem {
  return Object.assign(new vscode.TreeItem(label), properties);
}

function sourceItem({ key, source }: SourceNode): vscode.TreeItem {
  const name = sourceName(source.key);
  const count = formatModels(source.models);
  const failed = source.failure !== undefined && !isUnreachable(source);
  const state =
    source.failure === undefined
      ? ''
      : failed
        ? vscode.l10n.t('not refreshed')
        : vscode.l10n.t('not reached');
  const description = [sourceKind(source.key), count, state].filter(Boolean).join(' · ');
  return item(name, {
    id: key,
    description,
    iconPath: new vscode.ThemeIcon(failed ? 'warning' : sourceIcon(source.key)),
    contextValue: 'source',
    collapsibleState: source.models > 0 ? Expanded : Collapsed,
    accessibilityInformation: {
      label: [name, description, source.failure?.message].filter(Boolean).join(', '),
    },
  });
}

function sourceIcon(source: string): string {
  if (source.startsWith('hf:')) return 'account';
  return source === 'cortex' ? 'server' : 'list-unordered';
}

function modelItem({ key, parent, model }: ModelNode): vscode.TreeItem {
  const ownSource = parent.source.key === `hf:${model.author}`;
  const news = newsOf(model);
  const facts = [news, ownSource ? '' : model.author, ...factsOf(model)].filter(Boolean);
  return item(model.name, {
    id: key,
    description: facts.join(' · '),
    iconPath: new vscode.ThemeIcon(
      modelIcon(model),
      news === '' ? undefined : new vscode.ThemeColor('list.highlightForeground'),
    ),
    contextValue: 'model',
    collapsibleState: (model.variants ?? []).length > 0 ? Collapsed : None,
    command: {
      command: 'modelHub.openDetails',
      title: vscode.l10n.t('Open Details'),
      arguments: [model.id],
    },
    accessibilityInformation: {
      label: [model.name, news, model.author, ...factsOf(model)].filter(Boolean).join(', '),
    },
  });
}

function newsOf({ news }: Model): string {
  if (news === undefined) return '';
  return news === 'new' ? vscode.l10n.t('new') : vscode.l10n.t('updated');
}

function factsOf(model: Model): string[] {
  const { parameters, variants = [], gated } = model;
  return [
    parameters === undefined ? '' : formatCount(parameters),
    variants.length === 0
      ? ''
      : variants.length === 1
        ? vscode.l10n.t('1 variant')
        : vscode.l10n.t('{0} variants', variants.length),
    gated === 'auto' || gated === 'manual' ? vscode.l10n.t('gated') : '',
  ].filter(Boolean);
}

function modelIcon(model: Model): string {
  if (model.disabled === true) return 'circle-slash';
  return model.gated === 'auto' || model.gated === 'manual' ? 'lock' : 'package';
}

function variantItem({ key, variant }: VariantNode): vscode.TreeItem {
  const label = variant.quantisation ?? variant.name;
  const parts = variant.files.length > 1 ? vscode.l10n.t('{0} parts', variant.files.length) : '';
  const description = [formatSize(variant.size), parts].filter(Boolean).join(' · ');
  return item(label, {
    id: key,
    description,
    iconPath: new vscode.ThemeIcon('file-binary'),
    contextValue: 'variant',
    collapsibleState: None,
    accessibilityInformation: { label: `${label}, ${description}` },
  });
}

function moreItem({ key, parent, remaining }: MoreNode): vscode.TreeItem {
  const label = vscode.l10n.t(
    'Show More ({0} left)',
    remaining.toLocaleString(vscode.env.language),
  );
  return item(label, {
    id: key,
    iconPath: new vscode.ThemeIcon('ellipsis'),
    contextValue: 'more',
    collapsibleState: None,
    command: { command: 'modelHub.showMore', title: label, arguments: [parent.source.key] },
  });
}

function sourceTooltip({ source }: SourceNode): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(source.key);
  if (source.failure !== undefined) tooltip.appendText(`\n\n${source.failure.message}`);
  return tooltip;
}

function modelTooltip(model: Model): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('**');
  tooltip.appendText(model.id).appendMarkdown('**\n\n');
  if (model.description !== undefined) {
    tooltip.appendText(model.description).appendMarkdown('\n\n');
  }
  const date = (time: number): string => new Date(time).toLocaleDateString(vscode.env.language);
  const facts: [string, string | undefined][] = [
    [vscode.l10n.t('Licence'), model.license],
    [vscode.l10n.t('Task'), model.task],
    [vscode.l10n.t('Architecture'), model.architecture],
    [vscode.l10n.t('Context'), model.contextLength?.toLocaleString(vscode.env.language)],
    [
      vscode.l10n.t('Downloads'),
      model.downloads === undefined ? undefined : formatCount(model.downloads),
    ],
    [
      vscode.l10n.t('Updated'),
      model.lastModified === undefined ? undefined : date(model.lastModified),
    ],
    [vscode.l10n.t('Listed by'), model.sources.map(sourceName).join(', ')],
  ];
  for (const [name, value] of facts) {
    if (value !== undefined)
      tooltip.appendMarkdown('- ').appendText(`${name}: ${value}`).appendMarkdown('\n');
  }
  return tooltip;
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
