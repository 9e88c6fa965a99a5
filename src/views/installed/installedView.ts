import * as vscode from 'vscode';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { formatBytes } from '../format.ts';
import type { MachinesState } from '../machines/machineNodes.ts';
import { diskUse } from './diskUse.ts';
import type { EntryWork } from './entryWork.ts';
import { InstalledTree } from './installedTree.ts';
import type { InstalledNode } from './installedNodes.ts';
import type { LocalMachine } from './localMachine.ts';
import { Repainting } from './repainting.ts';

const ID = 'modelHub.installed';

export interface InstalledViewOptions {
  readonly machine: LocalMachine;
  readonly work: Pick<EntryWork, 'doing'>;
  /** Keys of the entries that the chat of the editor has. */
  readonly offered: () => ReadonlySet<string>;
  /** The user's other machines. */
  readonly elsewhere: () => MachinesState;
  readonly clock: Clock;
}

/** The view of downloads and installed models: its rows, its title, and what its menus need. */
export class InstalledView implements vscode.Disposable {
  readonly #options: InstalledViewOptions;
  readonly #tree: InstalledTree;
  readonly #view: vscode.TreeView<InstalledNode>;
  readonly #subscriptions: Disposable[];
  readonly #contexts = new Map<string, boolean>();
  readonly #repainting: Repainting;
  #searched: (() => void) | undefined;

  constructor(options: InstalledViewOptions) {
    this.#options = options;
    this.#tree = new InstalledTree(options.clock);
    this.#view = vscode.window.createTreeView(ID, { treeDataProvider: this.#tree });
    this.#repainting = new Repainting({
      now: () => options.machine,
      paint: () => this.update(),
      clock: options.clock,
    });
    this.#subscriptions = [
      this.#tree,
      this.#view,
      this.#repainting,
      this.#view.onDidChangeVisibility(({ visible }) => options.machine.setVisible(visible)),
      options.machine.onDidChange(() => this.#repainting.changed()),
    ];
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  update(): void {
    const { machine, work, offered, elsewhere } = this.#options;
    const { downloads, installed, problem } = machine;
    this.#repainting.painted();
    this.#tree.update({
      ...{ downloads, installed, doing: work.doing, offered: offered() },
      elsewhere: elsewhere(),
    });
    const used = diskUse(installed?.entries ?? []);
    this.#view.description = used > 0 ? formatBytes(used) : '';
    this.#view.message = problem ?? '';
    this.#view.badge = failureBadge(downloads.filter(({ state }) => state === 'failed').length);
    this.#setContext(
      'modelHub.nothingInstalled',
      installed?.complete === true && this.#tree.isEmpty,
    );
    const entries = installed?.entries ?? [];
    this.#setContext('modelHub.hasModels', downloads.length + entries.length > 0);
    this.#setContext(
      'modelHub.runsModels',
      entries.some(({ running }) => running === true),
    );
    this.#setContext('modelHub.hasDuplicates', (installed?.duplicateBytes ?? 0) > 0);
    this.#showSearch(installed?.complete === false);
  }

  dispose(): void {
    this.#searched?.();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** The thin bar over the rows, for as long as a runtime has not been asked yet. */
  #showSearch(isSearching: boolean): void {
    if (!isSearching) {
      this.#searched?.();
      this.#searched = undefined;
    } else if (this.#searched === undefined) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#searched = () => resolve(undefined);
      void vscode.window.withProgress({ location: { viewId: ID } }, () => promise);
    }
  }

  #setContext(name: string, value: boolean): void {
    if (this.#contexts.get(name) === value) return;
    this.#contexts.set(name, value);
    void vscode.commands.executeCommand('setContext', name, value);
  }
}

function failureBadge(value: number): vscode.ViewBadge | undefined {
  if (value === 0) return undefined;
  const tooltip =
    value === 1
      ? vscode.l10n.t('1 download needs you')
      : vscode.l10n.t('{0} downloads need you', value);
  return { value, tooltip };
}
