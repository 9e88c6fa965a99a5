import type { SearchFilters, SearchQuery } from '../../sync/cache/search.ts';
import type { FoundGroup, GroupBy, GroupQuery } from '../../sync/cache/searchGroups.ts';
import type { Model, ModelId, SourceKey, SourceStatus } from '../../sync/model.ts';
import type { Wording } from '../details/wording.ts';
import type { Circumstances, Restriction } from '../search/localSearch.ts';
import { restrictionOf, whatMisses } from '../search/localSearch.ts';
import { waitingText } from '../search/waitingText.ts';
import type { Arranged } from './arrangement.ts';
import { orderOf } from './arrangement.ts';
import type { ModelList, ParentNode, TreeNode } from './nodes.ts';
import { groupNode, modelNode, moreNode, noteNode, sourceNode } from './nodes.ts';

/** Rows that are listed at first, and with each "Show More". */
const PAGE = 200;
/** Models that are read at once: some ms. */
const READ = 100;
/** So many are read for each that is shown, where most of what is found does not fit. */
const MOST_READ = 10;

/** What the rows are made from. All of it answers at once, but for the counting of groups. */
export interface CatalogueListsOptions {
  readonly catalogue: {
    readonly sources: () => readonly SourceStatus[];
    readonly search: (query: Omit<SearchQuery, 'sources'>) => readonly Model[];
    readonly groups: (
      query: Omit<GroupQuery, 'sources'>,
      by: GroupBy,
    ) => Promise<readonly FoundGroup[]>;
    readonly model: (id: ModelId) => Model | undefined;
    readonly news: () => readonly ModelId[];
    readonly count: () => number;
  };
  readonly arranged: () => Arranged;
  /** What the flags of a filter are about; `look` makes sure that it will be known. */
  readonly circumstances: (look: boolean) => Circumstances;
  /** What stands before all others in its lists. */
  readonly pins: () => readonly ModelId[];
  /** Why it cannot be known what is installed, in words. */
  readonly trouble: () => string | undefined;
  /** Lets others have their turn. */
  readonly pause: () => Promise<unknown>;
  readonly wording: Wording;
}

/** Everything that answers to no filter. */
const EVERYTHING: Restriction = { text: '', filters: {} };
const NONE: ReadonlySet<ModelId> = new Set();
const ALL = 'all';

/** The lists of the catalogue: what stands at the root, and the models of each list, page by page. */
export class CatalogueLists {
  readonly #options: CatalogueListsOptions;
  /** How many pages of a list are shown, where it is not one. */
  readonly #pages = new Map<string, number>();

  constructor(options: CatalogueListsOptions) {
    this.#options = options;
  }

  /** Shows one more page of a list, or of the groups at the root. */
  showMore(list: string): void {
    this.#pages.set(list, this.#pagesOf(list) + 1);
  }

  /** Begins again with the first pages: other lists are shown from now on. */
  reset(): void {
    this.#pages.clear();
  }

  /** What is marked, what is new, and then everything; nothing if there is nothing to show. */
  async roots(): Promise<TreeNode[]> {
    const { catalogue, trouble, wording } = this.#options;
    const isEmpty = catalogue.sources().every(({ models }) => models === 0);
    if (isEmpty && this.#favourites.length === 0) return [];
    const restriction = this.#restriction(true);
    if (typeof restriction === 'string') {
      return [noteNode(restriction, undefined, waitingText(restriction, trouble(), wording))];
    }
    const favourites = await this.#noted('favourites', this.#favourites, restriction);
    if (isEmpty) return favourites;
    return [
      ...favourites,
      ...(await this.#noted('news', catalogue.news(), restriction)),
      ...(await this.#everything(restriction)),
    ];
  }

  /** The models of a list, and what stands for the rest of them. */
  async modelsIn(list: ModelList, parent?: ParentNode): Promise<TreeNode[]> {
    const restriction = this.#restriction(false);
    if (typeof restriction === 'string') return [];
    const wanted = PAGE * this.#pagesOf(list.key);
    const last = Math.min(list.models, restriction.keeps === undefined ? wanted : Infinity);
    // The catalogue may change between two reads, and a model stand in both.
    const found = new Map<ModelId, Model>();
    const hidden = list.key.startsWith('favourites') ? NONE : this.#hidden;
    const take = (models: readonly Model[]): void => {
      for (const model of models) {
        if (hidden.has(model.id) || restriction.keeps?.(model) === false) continue;
        found.set(model.id, model);
      }
    };
    take(this.#pinned(list, restriction));
    let offset = 0;
    while (offset < last && found.size < wanted && offset < MOST_READ * wanted) {
      if (offset > 0) await this.#options.pause();
      take(this.#read(list, restriction, offset));
      offset += READ;
    }
    const models = [...found.values()];
    const rest = Math.max(0, list.models - offset);
    if (rest === 0 && restriction === EVERYTHING) models.push(...this.#unlisted(list, models));
    const nodes: TreeNode[] = models.map((model) => modelNode(list, parent, model));
    if (rest > 0) {
      const isKnown = list.estimated !== true && list.hidden === undefined;
      return [...nodes, moreNode(list, parent, isKnown ? rest : undefined)];
    }
    if (nodes.length > 0 || parent === undefined) return nodes;
    const { t } = this.#options.wording;
    return [noteNode(`nothing ${list.key}`, parent, t('Nothing here answers to the filter.'))];
  }

  get #favourites(): readonly ModelId[] {
    return this.#options.circumstances(false).favourites;
  }

  /** What is left out of all lists but that of favourites, unless it is asked for. */
  get #hidden(): ReadonlySet<ModelId> {
    if (this.#options.arranged().filter?.query.hidden === true) return NONE;
    return new Set(this.#options.circumstances(false).hidden);
  }

  /** How many models of each group are left out. */
  async #hiddenBy(by: GroupBy, restriction: Restriction): Promise<ReadonlyMap<string, number>> {
    const hidden = [...this.#hidden];
    if (hidden.length === 0) return new Map();
    const only = within(hidden, restriction.only);
    const groups = await this.#options.catalogue.groups({ ...queryOf(restriction), only }, by);
    return new Map(groups.map(({ key, models }) => [key, models]));
  }

  #pinned(list: ModelList, restriction: Restriction): Model[] {
    const pins = this.#options.pins();
    if (pins.length === 0) return [];
    return this.#read({ ...list, only: within(pins, list.only) }, restriction, 0);
  }

  #pagesOf(list: string): number {
    return this.#pages.get(list) ?? 1;
  }

  /** What the filter leaves, or what has to be known before that can be told. */
  #restriction(look: boolean): Restriction | 'memory' | 'installed' {
    const { arranged, circumstances } = this.#options;
    const { filter } = arranged();
    if (filter === undefined) return EVERYTHING;
    const { query } = filter;
    const around = circumstances(look && query.installed === true);
    return whatMisses(query, around) ?? restrictionOf(query, around);
  }

  /** A group of models that are known by name, unless none of them is to be shown. */
  async #noted(
    kind: 'favourites' | 'news',
    ids: readonly ModelId[],
    restriction: Restriction,
  ): Promise<TreeNode[]> {
    const hidden = kind === 'favourites' ? NONE : this.#hidden;
    const shown = ids.filter((id) => !hidden.has(id));
    if (shown.length === 0) return [];
    const only = within(shown, restriction.only);
    const models =
      restriction === EVERYTHING
        ? shown.length
        : totalOf(await this.#options.catalogue.groups({ ...queryOf(restriction), only }, 'all'));
    if (models === 0) return [];
    return [groupNode(kind, '', { only: shown, models, ...estimated(restriction) })];
  }

  async #everything(restriction: Restriction): Promise<TreeNode[]> {
    const { grouping } = this.#options.arranged();
    switch (grouping) {
      case 'none':
        return this.modelsIn(await this.#all(restriction));
      case 'source':
        return this.#sources(restriction);
      case 'author':
      case 'family':
        return this.#groups(grouping, restriction);
    }
  }

  async #all(restriction: Restriction): Promise<ModelList> {
    const { catalogue } = this.#options;
    const models =
      restriction === EVERYTHING
        ? catalogue.count()
        : totalOf(await catalogue.groups(queryOf(restriction), 'all'));
    const hidden = await this.#hiddenBy('all', restriction);
    return { key: ALL, models, ...hiddenOf(hidden, ''), ...estimated(restriction) };
  }

  async #sources(restriction: Restriction): Promise<TreeNode[]> {
    const { catalogue } = this.#options;
    if (restriction === EVERYTHING) {
      return catalogue.sources().map((source) => {
        const hidden = this.#hiddenIn(source.key);
        return sourceNode(source, hidden > 0 ? { hidden } : {});
      });
    }
    const groups = await catalogue.groups(queryOf(restriction), 'source');
    const found = new Map(groups.map(({ key, models }) => [key, models]));
    const hidden = await this.#hiddenBy('source', restriction);
    return catalogue.sources().flatMap((source) => {
      const models = found.get(source.key);
      const leftOut = hiddenOf(hidden, source.key);
      return models === undefined || models === leftOut.hidden
        ? []
        : [sourceNode(source, { models, ...leftOut, ...estimated(restriction) })];
    });
  }

  /** How many models of a source are left out, where everything is shown. */
  #hiddenIn(source: SourceKey): number {
    const only = [...this.#hidden];
    if (only.length === 0) return 0;
    const asked = { ...EVERYTHING, of: source, only, sort: 'name', offset: 0 } as const;
    return this.#options.catalogue.search({ ...asked, limit: only.length }).length;
  }

  async #groups(by: 'author' | 'family', restriction: Restriction): Promise<TreeNode[]> {
    const found = await this.#options.catalogue.groups(queryOf(restriction), by);
    const hidden = await this.#hiddenBy(by, restriction);
    const groups = found.filter(({ key, models }) => models > (hidden.get(key) ?? 0));
    // Of no family comes last, however many there are.
    const ordered = [...groups].sort((a, b) => Number(a.key === '') - Number(b.key === ''));
    const shown = ordered.slice(0, PAGE * this.#pagesOf(by)).map(({ key, name, models }) => {
      const filters: SearchFilters = { [by]: key };
      const leftOut = hiddenOf(hidden, key);
      return groupNode(by, name, { filters, models, ...leftOut, ...estimated(restriction) });
    });
    const rest = ordered.length - shown.length;
    return rest === 0 ? shown : [...shown, moreNode({ key: by, models: rest }, undefined, rest)];
  }

  #read({ of, filters, only }: ModelList, restriction: Restriction, offset: number): Model[] {
    const { catalogue, arranged } = this.#options;
    const names = only === undefined ? restriction.only : within(only, restriction.only);
    const found = catalogue.search({
      text: restriction.text,
      filters: { ...restriction.filters, ...filters },
      ...(of !== undefined && { of }),
      ...(names !== undefined && { only: names }),
      sort: orderOf(arranged()),
      ...{ offset, limit: READ },
    });
    return [...found];
  }

  /** What the user has marked stays, though no source lists it any more. */
  #unlisted({ key, only = [] }: ModelList, models: readonly Model[]): Model[] {
    if (!key.startsWith('favourites')) return [];
    const listed = new Set(models.map(({ id }) => id));
    return only
      .filter((id) => !listed.has(id))
      .map((id) => this.#options.catalogue.model(id) ?? nameOnly(id));
  }
}

function queryOf({ text, filters, only }: Restriction): Omit<GroupQuery, 'sources'> {
  return { text, filters, ...(only !== undefined && { only }) };
}

function within(ids: readonly ModelId[], only: readonly ModelId[] | undefined): readonly ModelId[] {
  if (only === undefined) return ids;
  const allowed = new Set(only);
  return ids.filter((id) => allowed.has(id));
}

function hiddenOf(hidden: ReadonlyMap<string, number>, key: string): { readonly hidden?: number } {
  const models = hidden.get(key) ?? 0;
  return models === 0 ? {} : { hidden: models };
}

/** The index finds some too many where only this machine can tell. */
function estimated({ keeps }: Restriction): { readonly estimated?: true } {
  return keeps === undefined ? {} : { estimated: true };
}

function totalOf(groups: readonly FoundGroup[]): number {
  return groups.reduce((sum, { models }) => sum + models, 0);
}

/** A model of which nothing else is known. */
function nameOnly(id: ModelId): Model {
  const slash = id.indexOf('/');
  const [author, name] = [id.slice(0, slash), id.slice(slash + 1)];
  return { id, author, name, sources: [], published: false };
}
