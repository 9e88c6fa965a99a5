import * as vscode from 'vscode';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { SourceStatus } from '../../sync/model.ts';
import type { Catalogue } from '../catalogue.ts';
import { hostWording } from '../details/hostWording.ts';
import { formatAge, sourceName } from '../format.ts';
import type { Health } from '../health.ts';
import { healthOf } from '../health.ts';
import type { SyncController } from '../syncController.ts';
import type { Arrangement } from './arrangement.ts';
import { arrangedText } from './arrangementText.ts';
import type { CatalogueTree } from './catalogueTree.ts';
import { newModelsText } from './newModelsText.ts';
import type { TreeNode } from './nodes.ts';

const ID = 'modelHub.catalogue';
/** A catalogue that was not checked for longer than this, in ms, says so. */
const STALE = 24 * 60 * 60_000;

export interface CatalogueViewOptions {
  readonly tree: CatalogueTree;
  readonly catalogue: Catalogue;
  readonly sync: SyncController;
  readonly arrangement: Arrangement;
  readonly clock: Clock;
}

/** The sidebar view around the tree: its title, its message, and what its menus need. */
export class CatalogueView implements vscode.Disposable {
  readonly #options: CatalogueViewOptions;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #visibility = new vscode.EventEmitter<boolean>();
  readonly #subscriptions: Disposable[];
  readonly #contexts = new Map<string, unknown>();
  readonly onDidChangeVisibility = this.#visibility.event;
  readonly #expanded = new vscode.EventEmitter<TreeNode>();
  /** The user has expanded a row. */
  readonly onDidExpand = this.#expanded.event;

  constructor(options: CatalogueViewOptions) {
    const { tree, catalogue, sync, arrangement } = options;
    this.#options = options;
    this.#view = vscode.window.createTreeView(ID, {
      treeDataProvider: tree,
      showCollapseAll: true,
    });
    this.#subscriptions = [
      this.#view,
      this.#visibility,
      this.#expanded,
      this.#view.onDidExpandElement(({ element }) => this.#expanded.fire(element)),
      this.#view.onDidChangeVisibility(({ visible }) => {
        this.update();
        this.#visibility.fire(visible);
      }),
      tree.onDidList(() => this.#explain()),
      arrangement.onDidChange(() => this.update()),
      catalogue.onDidChange(() => this.update()),
      catalogue.onDidChangeStatus(() => this.update()),
      sync.onDidChange(() => this.update()),
    ];
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /** Says above the rows what is wrong with them, if anything is, and in the title what is shown. */
  update(): void {
    const { catalogue, arrangement } = this.#options;
    const arranged = arrangement.value;
    this.#setContext('modelHub.noSources', catalogue.sources().length === 0);
    this.#setContext('modelHub.filtered', arranged.filter !== undefined);
    this.#explain();
    this.#view.description = arrangedText(arranged, hostWording);
    this.#view.badge = newBadge(catalogue.countNew());
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Says what is wrong: above the rows, or in a welcome text, which is shown without a message. */
  #explain(): void {
    const why = this.#emptiness;
    const network = why === 'filter' || why === 'offline' ? '' : this.#networkMessage();
    this.#setContext('modelHub.catalogueEmpty', why);
    const problems = this.#options.catalogue.problems.map(({ message }) => message);
    this.#view.message = [this.#preparation, ...problems, network].filter(Boolean).join(' ');
  }

  get #preparation(): string {
    return this.#options.catalogue.isBeingUpgraded
      ? vscode.l10n.t('Preparing the catalogue after an update of Model Hub…')
      : '';
  }

  /** Why there are no rows; empty if there are some, or none was asked for yet. */
  get #emptiness(): '' | 'filter' | 'offline' | 'waiting' {
    const { tree, catalogue, arrangement } = this.#options;
    if (!tree.isEmpty) return '';
    if (arrangement.value.filter !== undefined && catalogue.count() > 0) return 'filter';
    return this.#health.state === 'offline' ? 'offline' : 'waiting';
  }

  #setContext(name: string, value: unknown): void {
    if (this.#contexts.get(name) === value) return;
    this.#contexts.set(name, value);
    void vscode.commands.executeCommand('setContext', name, value);
  }

  get #health(): Health {
    const { catalogue, sync } = this.#options;
    return healthOf(catalogue.sources(), (key) => sync.lastHeard(key));
  }

  #networkMessage(): string | undefined {
    const { catalogue, clock } = this.#options;
    const health = this.#health;
    const now = clock.now();
    switch (health.state) {
      case 'noSource':
        return undefined;
      case 'current':
        return now - health.since < STALE
          ? undefined
          : vscode.l10n.t('Last checked {0}.', formatAge(health.since, now));
      case 'bundled':
        return catalogue.count() === 0
          ? undefined
          : vscode.l10n.t('Showing the list that came with Model Hub.');
      case 'offline':
        return health.since === undefined
          ? vscode.l10n.t('Offline: showing the list that came with Model Hub.')
          : vscode.l10n.t('Offline. Last checked {0}.', formatAge(health.since, now));
      case 'failing':
        return failuresInWords(catalogue.sources());
    }
  }
}

function newBadge(value: number): vscode.ViewBadge | undefined {
  return value === 0 ? undefined : { value, tooltip: newModelsText(value, hostWording) };
}

/** More than this would push the rows out of sight; the rows themselves tell the rest. */
const FAILURES_TOLD = 2;

/** Why sources failed; the same reason is told once. */
function failuresInWords(sources: readonly SourceStatus[]): string {
  const reasons = new Map<string, string[]>();
  for (const { key, failure } of sources) {
    if (failure === undefined) continue;
    reasons.set(failure.message, [...(reasons.get(failure.message) ?? []), sourceName(key)]);
  }
  const told = [...reasons].slice(0, FAILURES_TOLD);
  return told.map(([message, names]) => `${names.join(', ')}: ${message}`).join(' ');
}
