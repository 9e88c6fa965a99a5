import { setImmediate as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Memory } from '../../device/shared/sharedState.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { ModelId } from '../../sync/model.ts';
import type { Catalogue } from '../catalogue.ts';
import { modelIdOf } from '../commands/modelIdOf.ts';
import type { Command } from '../commands/telling.ts';
import { hostWording } from '../details/hostWording.ts';
import type { Favourites } from '../favourites.ts';
import type { HardwareView } from '../hardware.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { Marks } from '../marks.ts';
import { modelFacts } from '../modelFacts.ts';
import { onInstalledChange } from '../search/installedChanges.ts';
import { installedModels } from '../search/installedModels.ts';
import type { SyncController } from '../syncController.ts';
import { Arrangement } from './arrangement.ts';
import { pickArrangement } from './arrangePicker.ts';
import { CatalogueLists } from './catalogueLists.ts';
import { CatalogueTree } from './catalogueTree.ts';
import { CatalogueView } from './catalogueView.ts';
import { askForFilter } from './filterInput.ts';
import type { TreeNode } from './nodes.ts';
import type { RowCircumstances } from './treeRows.ts';

/** How long after the first rows it is found out what this machine can run, in ms. */
const HARDWARE_DELAY = 500;

export interface TreeFeatureOptions {
  readonly catalogue: Catalogue;
  readonly sync: SyncController;
  readonly hardware: Pick<HardwareView, 'budget' | 'look' | 'onDidChange'>;
  readonly machine: Pick<LocalMachine, 'installed' | 'look' | 'problem' | 'onDidChange'>;
  readonly favourites: Favourites;
  readonly pins: Marks;
  readonly hidden: Marks;
  readonly memory: Memory;
  readonly clock: Clock;
}

/** The catalogue in the sidebar: its rows, how they are put together, and what is done with them. */
export class TreeFeature implements vscode.Disposable {
  readonly #options: TreeFeatureOptions;
  readonly #arrangement: Arrangement;
  readonly #lists: CatalogueLists;
  readonly #tree: CatalogueTree;
  readonly #view: CatalogueView;
  readonly #subscriptions: Disposable[];
  #hardwareLook: Disposable | undefined;
  #looksAtHardware = false;

  constructor(options: TreeFeatureOptions) {
    const { catalogue, favourites, pins, hidden, hardware, machine } = options;
    const arrangement = (this.#arrangement = new Arrangement(options.memory));
    const arranged = (): Arrangement['value'] => arrangement.value;
    this.#options = options;
    this.#lists = new CatalogueLists({
      ...{ catalogue, arranged, pause, wording: hostWording },
      circumstances: (look) => ({
        budget: arrangement.value.filter?.query.fits === true ? hardware.budget : this.#budget,
        installed: installedModels(machine, look),
        favourites: favourites.ids,
        hidden: hidden.ids,
      }),
      pins: () => pins.ids,
      trouble: () => machine.problem,
    });
    const tree = (this.#tree = new CatalogueTree({
      ...{ catalogue, lists: this.#lists, arranged, clock: options.clock },
      around: () => this.#around,
    }));
    this.#view = new CatalogueView({ ...options, tree, arrangement });
    this.#subscriptions = [
      arrangement,
      tree,
      this.#view,
      tree.onDidList(() => this.#lookAtHardwareSoon()),
      ...[favourites, pins, hidden].map((marks) => marks.onDidChange(() => tree.refresh())),
      hardware.onDidChange(() => tree.repaintModels()),
      onInstalledChange(machine, () => {
        if (arrangement.value.filter?.query.installed === true) tree.refresh();
      }),
      arrangement.onDidChange(() => {
        this.#lists.reset();
        tree.refresh();
      }),
    ];
  }

  get onDidChangeVisibility(): vscode.Event<boolean> {
    return this.#view.onDidChangeVisibility;
  }

  /** The user has expanded a row. */
  get onDidExpand(): vscode.Event<TreeNode> {
    return this.#view.onDidExpand;
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /** The models that VS Code has asked for, in the order of the rows. */
  listed(): ModelId[] {
    return this.#tree.listed();
  }

  /** Paints anew what stands around the rows. */
  update(): void {
    this.#view.update();
  }

  /** Reads everything anew. */
  refresh(): void {
    this.#tree.refresh();
    this.#view.update();
  }

  /** Shows what is news now, and how much of it was not seen. */
  updateNews(): void {
    this.#tree.refreshNews();
    this.#view.update();
  }

  /** The commands of this feature, by their names. */
  get commands(): Record<string, Command> {
    const { favourites, pins, hidden } = this.#options;
    const mark =
      (marks: Marks, marked: boolean): Command =>
      async (argument) => {
        const id = modelIdOf(argument);
        if (id !== undefined) await marks.set(id, marked);
      };
    return {
      showMore: (list) => typeof list === 'string' && this.#tree.showMore(list),
      filterCatalogue: (text) => this.#filter(text),
      clearFilter: () => this.#arrangement.filterBy(''),
      arrangeCatalogue: () => this.#arrange(),
      addFavourite: mark(favourites, true),
      removeFavourite: mark(favourites, false),
      pinModel: mark(pins, true),
      unpinModel: mark(pins, false),
      hideModel: mark(hidden, true),
      unhideModel: mark(hidden, false),
      showHidden: () => this.#filter('@hidden'),
      downloadRecommended: (argument) => this.#download(argument),
    };
  }

  dispose(): void {
    this.#hardwareLook?.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** What this machine gives to models, once the first rows are there: they do not wait for it. */
  get #budget(): HardwareView['budget'] {
    return this.#looksAtHardware ? this.#options.hardware.budget : undefined;
  }

  get #around(): RowCircumstances {
    return {
      budget: this.#budget,
      isFavourite: (id) => this.#options.favourites.has(id),
      isPinned: (id) => this.#options.pins.has(id),
      isHidden: (id) => this.#options.hidden.has(id),
      filters: this.#arrangement.value.filter?.query.filters ?? {},
    };
  }

  #lookAtHardwareSoon(): void {
    if (this.#looksAtHardware) return;
    this.#hardwareLook ??= this.#options.clock.after(HARDWARE_DELAY, () => {
      this.#looksAtHardware = true;
      if (this.#budget !== undefined) this.#tree.repaintModels();
    });
  }

  async #filter(text: unknown): Promise<void> {
    const { filter } = this.#arrangement.value;
    const asked =
      typeof text === 'string' ? text : await askForFilter(filter?.text ?? '', this.#options.clock);
    if (asked === undefined) return;
    this.#arrangement.filterBy(asked);
    await vscode.commands.executeCommand('modelHub.catalogue.focus');
  }

  async #arrange(): Promise<void> {
    const choice = await pickArrangement(this.#arrangement.value, this.#options.clock);
    if (choice !== undefined) await this.#arrangement.arrange(choice);
  }

  /** Takes the variant that the row shows. */
  async #download(argument: unknown): Promise<void> {
    const id = modelIdOf(argument);
    const model = id === undefined ? undefined : this.#options.catalogue.model(id);
    if (model === undefined) return;
    const { filters, budget } = this.#around;
    const { variant } = modelFacts(model, filters, budget, hostWording);
    if (variant === undefined) return;
    const wanted = { model: model.id, variant: variant.name };
    await vscode.commands.executeCommand('modelHub.download', wanted);
  }
}
