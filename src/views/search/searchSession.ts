import type { MemoryBudget } from '../../device/hardware.ts';
import type { SearchQuery } from '../../sync/cache/search.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { HubQuestion } from '../../sync/gateway/huggingFaceSearch.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import type { Completion, Vocabulary } from '../../sync/query/completeQuery.ts';
import { completeQuery } from '../../sync/query/completeQuery.ts';
import { parseQuery } from '../../sync/query/parseQuery.ts';
import type { Wording } from '../details/wording.ts';
import { HubResults } from './hubResults.ts';
import type { Circumstances } from './localSearch.ts';
import { MOST_SHOWN, searchLocally, SHOWN_WHILE_TYPING } from './localSearch.ts';
import { pastedModel } from './pastedModel.ts';
import type { SearchRow } from './searchRows.ts';
import { searchRows } from './searchRows.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Models whose words are offered as completions: those that people download most. */
const SAMPLE = 300;

/** What searching needs to know. All of it answers at once, but for the Hub. */
export interface SearchSessionOptions {
  readonly search: (query: Omit<SearchQuery, 'sources'>) => readonly Model[];
  readonly model: (id: ModelId) => Model | undefined;
  readonly searchHub: (question: HubQuestion, signal: AbortSignal) => Promise<readonly Model[]>;
  readonly budget: () => MemoryBudget | undefined;
  /** What is installed; `look` makes sure that it will be known. */
  readonly installed: (look: boolean) => ReadonlySet<ModelId> | undefined;
  /** Why it cannot be known what is installed, in words. */
  readonly trouble: () => string | undefined;
  readonly favourites: () => readonly ModelId[];
  readonly hidden: () => readonly ModelId[];
  readonly history: () => readonly string[];
  readonly saved: () => readonly string[];
  /** Address of the Hub. */
  readonly huggingFace: () => string;
  readonly clock: Pick<Clock, 'after'>;
  readonly wording: Wording;
  /** The rows are others, though nothing was typed. */
  readonly onDidChange: () => void;
}

/** From the first key to the choice: what is listed for what is typed. */
export class SearchSession implements Disposable {
  readonly #options: SearchSessionOptions;
  readonly #hub: HubResults;
  #vocabulary: Vocabulary | undefined;

  constructor(options: SearchSessionOptions) {
    const { searchHub: search, clock, onDidChange } = options;
    this.#options = options;
    this.#hub = new HubResults({ search, clock, onDidChange });
  }

  /** Whether the Hub has still to answer. */
  get busy(): boolean {
    return this.#hub.state.asking;
  }

  /** The rows for a text; asks the Hub, unless it was asked the same. */
  rows(text: string): SearchRow[] {
    const { history, saved, huggingFace, model, search, trouble, wording } = this.#options;
    const id = pastedModel(text, huggingFace());
    const { query, problems } = parseQuery(id ?? text);
    const around = this.#circumstances(query.installed === true);
    this.#hub.ask(query);
    // The Hub answers once the user pauses, and then all of them are listed.
    const most = this.#hub.state.asking ? SHOWN_WHILE_TYPING : MOST_SHOWN;
    return searchRows(
      {
        ...{ text, query, problems },
        completion: this.#completion(text),
        history: history(),
        saved: saved(),
        pasted: id === undefined ? undefined : { id, model: model(id) },
        local: searchLocally(query, around, search, most),
        trouble: trouble(),
        hub: this.#hub.state,
        ...around,
        favourites: new Set(around.favourites),
      },
      wording,
    );
  }

  dispose(): void {
    this.#hub.dispose();
  }

  #circumstances(look: boolean): Circumstances {
    const { budget, installed, favourites, hidden } = this.#options;
    return {
      ...{ budget: budget(), installed: installed(look) },
      ...{ favourites: favourites(), hidden: hidden() },
    };
  }

  /** Only of what is meant as a key or a flag: Enter on a plain word opens what was found. */
  #completion(text: string): Completion | undefined {
    const word = /\S*$/.exec(text)?.[0] ?? '';
    if (!/^-?@|:/.test(word)) return undefined;
    return completeQuery(text, text.length, (key) => {
      this.#vocabulary ??= vocabularyOf(this.#sample());
      return this.#vocabulary(key);
    });
  }

  #sample(): readonly Model[] {
    const { search } = this.#options;
    return search({ text: '', filters: {}, sort: 'downloads', offset: 0, limit: SAMPLE });
  }
}
