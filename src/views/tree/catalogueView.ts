import * as vscode from 'vscode';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { SourceStatus } from '../../sync/model.ts';
import type { Catalogue } from '../catalogue.ts';
import { formatAge, sourceName } from '../format.ts';
import { healthOf } from '../health.ts';
import type { SyncController } from '../syncController.ts';
import type { CatalogueTree } from './catalogueTree.ts';
import type { TreeNode } from './nodes.ts';

/** The sidebar view around the tree: its message, and the context that its welcome text needs. */
export class CatalogueView implements vscode.Disposable {
  readonly #catalogue: Catalogue;
  readonly #sync: SyncController;
  readonly #clock: Clock;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #visibility = new vscode.EventEmitter<boolean>();
  readonly #subscriptions: Disposable[];
  readonly onDidChangeVisibility = this.#visibility.event;

  constructor(tree: CatalogueTree, catalogue: Catalogue, sync: SyncController, clock: Clock) {
    this.#catalogue = catalogue;
    this.#sync = sync;
    this.#clock = clock;
    this.#view = vscode.window.createTreeView('modelHub.catalogue', {
      treeDataProvider: tree,
      showCollapseAll: true,
    });
    this.#subscriptions = [
      this.#view,
      this.#visibility,
      this.#view.onDidChangeVisibility(({ visible }) => {
        this.update();
        this.#visibility.fire(visible);
      }),
      catalogue.onDidChange(() => this.update()),
      catalogue.onDidChangeStatus(() => this.update()),
      sync.onDidChange(() => this.update()),
    ];
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /** Says above the rows what is wrong with them, if anything is. */
  update(): void {
    const sources = this.#catalogue.sources();
    void vscode.commands.executeCommand('setContext', 'modelHub.noSources', sources.length === 0);
    this.#view.message = this.#message();
    this.#view.badge = newsBadge(this.#catalogue.countNews());
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #message(): string {
    const sources = this.#catalogue.sources();
    const health = healthOf(sources, (key) => this.#sync.lastHeard(key));
    const storage = this.#catalogue.problem;
    const network = ((): string | undefined => {
      switch (health.state) {
        case 'noSource':
        case 'current':
          return undefined;
        case 'bundled':
          return vscode.l10n.t('Showing the list that came with Model Hub.');
        case 'offline':
          return health.since === undefined
            ? vscode.l10n.t('Offline: showing the list that came with Model Hub.')
            : vscode.l10n.t(
                'Offline. Last checked {0}.',
                formatAge(health.since, this.#clock.now()),
              );
        case 'failing':
          return failuresInWords(sources);
      }
    })();
    return [storage, network].filter(Boolean).join(' ');
  }
}

function newsBadge(value: number): vscode.ViewBadge | undefined {
  if (value === 0) return undefined;
  const tooltip =
    value === 1
      ? vscode.l10n.t('1 model is new or updated')
      : vscode.l10n.t('{0} models are new or updated', value);
  return { value, tooltip };
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
