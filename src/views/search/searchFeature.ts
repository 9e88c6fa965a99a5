import * as vscode from 'vscode';
import type { Memory } from '../../device/shared/sharedState.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { Logger } from '../../sync/logger.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { Catalogue } from '../catalogue.ts';
import { modelIdOf } from '../commands/modelIdOf.ts';
import type { Command } from '../commands/telling.ts';
import { hostWording } from '../details/hostWording.ts';
import type { Favourites } from '../favourites.ts';
import type { HardwareView } from '../hardware.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { Marks } from '../marks.ts';
import { onInstalledChange } from './installedChanges.ts';
import { installedModels } from './installedModels.ts';
import type { LiveModels } from './liveModels.ts';
import type { LookUp } from './lookUp.ts';
import { pastedModel } from './pastedModel.ts';
import { SearchHistory } from './searchHistory.ts';
import type { SearchActions } from './searchPicker.ts';
import { SearchPicker } from './searchPicker.ts';
import { SearchSession } from './searchSession.ts';

/** Of a saved search, in characters. */
const LONGEST_SEARCH = 250;

export interface SearchFeatureOptions {
  readonly catalogue: Pick<Catalogue, 'search' | 'listed' | 'onDidChange'>;
  readonly engine: Pick<EngineClient, 'search'>;
  readonly machine: Pick<LocalMachine, 'installed' | 'look' | 'problem' | 'onDidChange'>;
  readonly hardware: Pick<HardwareView, 'budget' | 'onDidChange'>;
  readonly favourites: Favourites;
  readonly hidden: Marks;
  /** Searches that the user keeps. */
  readonly saved: Marks;
  readonly live: LiveModels;
  readonly lookUp: Pick<LookUp, 'find'>;
  readonly memory: Memory;
  readonly huggingFace: () => string;
  readonly showDetails: (id: ModelId) => void;
  /** A search has led somewhere; these it had found. */
  readonly onDidSearch: (found: readonly ModelId[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Searching for models, and marking them. */
export class SearchFeature implements vscode.Disposable {
  readonly #options: SearchFeatureOptions;
  readonly #history: SearchHistory;
  readonly #subscriptions: readonly Disposable[];
  #picker: SearchPicker | undefined;

  constructor(options: SearchFeatureOptions) {
    const { catalogue, machine, hardware, favourites, hidden, saved } = options;
    this.#options = options;
    this.#history = new SearchHistory(options.memory, options.logger);
    const update = (): void => this.#picker?.update();
    this.#subscriptions = [
      catalogue.onDidChange(update),
      onInstalledChange(machine, update),
      hardware.onDidChange(update),
      ...[favourites, hidden, saved].map((marks) => marks.onDidChange(update)),
    ];
  }

  /** The commands of this feature, by their names. */
  get commands(): Record<string, Command> {
    return {
      search: (argument) => this.#show(typeof argument === 'string' ? argument : ''),
      toggleFavourite: async (argument) => {
        const id = modelIdOf(argument);
        if (id !== undefined) await this.#options.favourites.toggle(id);
      },
      saveSearch: async (argument) => {
        const { query, saved } = (argument ?? {}) as Partial<Record<string, unknown>>;
        const text = typeof query === 'string' ? query.trim().slice(0, LONGEST_SEARCH) : '';
        if (text !== '') await this.#options.saved.set(text, saved === true);
      },
    };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#picker?.dispose();
  }

  #show(text: string): void {
    const { catalogue, engine, machine, hardware, huggingFace, clock } = this.#options;
    const { favourites, hidden, saved } = this.#options;
    this.#picker?.dispose();
    const session = new SearchSession({
      search: (query) => catalogue.search(query),
      model: (id) => catalogue.listed(id),
      searchHub: (question, signal) => engine.search(question, signal),
      budget: () => hardware.budget,
      installed: (look) => installedModels(machine, look),
      trouble: () => machine.problem,
      favourites: () => favourites.ids,
      hidden: () => hidden.ids,
      saved: () => saved.ids,
      history: () => this.#history.queries,
      ...{ huggingFace, clock, wording: hostWording },
      onDidChange: () => picker.update(),
    });
    const picker = new SearchPicker(session, this.#actions(), text, clock);
    this.#picker = picker;
  }

  #actions(): SearchActions {
    const { showDetails, live, catalogue } = this.#options;
    const { executeCommand } = vscode.commands;
    const keep = (model: Model): void => {
      if (catalogue.listed(model.id) === undefined) live.add(model);
    };
    return {
      open: (model) => {
        keep(model);
        showDetails(model.id);
      },
      lookUp: (id) => void this.#lookUpAndShow(id),
      download: (model, variant) => {
        keep(model);
        void executeCommand('modelHub.download', { model: model.id, variant });
      },
      showInTree: (query) => {
        const named = pastedModel(query, this.#options.huggingFace());
        void executeCommand('modelHub.filterCatalogue', named ?? query);
      },
      toggleFavourite: (id) => void executeCommand('modelHub.toggleFavourite', id),
      remember: (query, found) => {
        void this.#history.add(query);
        // Without words it is no search, but the list of what was opened lately.
        if (query.trim() !== '') this.#options.onDidSearch(found);
      },
      forget: (query) => void this.#history.remove(query),
      save: (query, saved) => void executeCommand('modelHub.saveSearch', { query, saved }),
    };
  }

  /** Opens a model that no source lists, once the Hub has told of it. */
  async #lookUpAndShow(id: ModelId): Promise<void> {
    const model = await this.#options.lookUp.find(id);
    if (model !== undefined) this.#options.showDetails(model.id);
  }
}
