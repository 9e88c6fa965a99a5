import { byCodeUnits } from './canonical.ts';
import type { Exchange, Reply } from './exchange.ts';
import { hubError, json } from './exchange.ts';
import { spoiled } from './faults.ts';
import { EXPANDABLE, expandedRow, listRow, tagsAt } from './fields.ts';
import { authorOf } from './repository.ts';
import type { HubState } from './state.ts';
import type { Hosted } from './store.ts';

/** Rows a page has at most, and has when nothing is said (the Hub's default is not documented). */
export const PAGE_CAP = 1000;

type SortValue = string | number;
const SORT_VALUES: Readonly<Record<string, (hosted: Hosted) => SortValue>> = {
  createdAt: ({ repository }) => repository.createdAt,
  downloads: ({ downloads }) => downloads,
  likes: ({ repository }) => repository.counters.likes,
  likes30d: ({ repository }) => repository.counters.likes,
  lastModified: ({ repository }) => repository.lastModified,
  trendingScore: ({ repository }) => repository.counters.trendingScore,
  num_parameters: ({ repository }) => repository.facts.parameters,
  mainSize: ({ repository }) => repository.files.reduce((sum, file) => sum + (file.size ?? 0), 0),
  id: ({ id }) => id,
};
const DEFAULT_SORT = 'trendingScore';

interface Row {
  readonly hosted: Hosted;
  readonly value: SortValue;
}

function compare(a: Row, b: Row): number {
  if (a.value !== b.value) return a.value < b.value ? 1 : -1;
  return byCodeUnits(b.hosted.repository.objectId, a.hosted.repository.objectId);
}

/** Pages kept ready; a handful of clients ask a handful of questions. */
const MOST_REPLIES = 32;

/** Repositories in the order of a sort key, newest or biggest first; one sort and one page for each state. */
export class SortedLists {
  readonly #state: HubState;
  #version = -1;
  #lists = new Map<string, readonly Row[]>();
  readonly #replies = new Map<string, Reply>();

  constructor(state: HubState) {
    this.#state = state;
  }

  by(key: string, valueOf: (hosted: Hosted) => SortValue): readonly Row[] {
    const { store } = this.#state;
    this.#forgetOldState();
    const known = this.#lists.get(key);
    if (known) return known;
    const rows = [...store.hosted.values()].map((hosted) => ({ hosted, value: valueOf(hosted) }));
    rows.sort(compare);
    this.#lists.set(key, rows);
    return rows;
  }

  /** The answer to a question, made once for each state. */
  remembered(question: string, make: () => Reply): Reply {
    this.#forgetOldState();
    const known = this.#replies.get(question);
    if (known) return known;
    const reply = make();
    if (this.#replies.size >= MOST_REPLIES) this.#replies.clear();
    this.#replies.set(question, reply);
    return reply;
  }

  #forgetOldState(): void {
    if (this.#version === this.#state.store.version) return;
    this.#version = this.#state.store.version;
    this.#lists = new Map();
    this.#replies.clear();
  }
}

interface Query {
  readonly params: URLSearchParams;
  readonly sort: string;
  readonly ascending: boolean;
  readonly limit: number;
  readonly expand: readonly string[];
  readonly after: { readonly value: SortValue; readonly objectId: string } | undefined;
}

class BadQuery extends Error {}

function isOn(value: string | null): boolean {
  return value === 'true' || value === '1' || value === 'True';
}

/** Values of `expand`, in either spelling, once each. */
export function expandOf(params: URLSearchParams): string[] {
  const values = [...params.getAll('expand'), ...params.getAll('expand[]')];
  const stranger = values.find((value) => !EXPANDABLE.includes(value));
  if (stranger !== undefined) throw new BadQuery(`Invalid value for expand: "${stranger}"`);
  return [...new Set(values)];
}

function cursorOf(params: URLSearchParams): Query['after'] {
  const cursor = params.get('cursor');
  if (cursor === null) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64').toString());
    if (Array.isArray(parsed) && typeof parsed[1] === 'string') {
      const value: unknown = parsed[0];
      if (typeof value === 'string' || typeof value === 'number')
        return { value, objectId: parsed[1] };
    }
  } catch {
    throw new BadQuery('Invalid cursor');
  }
  throw new BadQuery('Invalid cursor');
}

function parseQuery(params: URLSearchParams): Query {
  const expand = expandOf(params);
  const others = ['full', 'cardData', 'config'].filter((name) => isOn(params.get(name)));
  if (expand.length > 0 && others.length > 0) {
    throw new BadQuery(
      `"expand" cannot be used with ${others.map((name) => `"${name}"`).join(', ')}`,
    );
  }
  const sort = params.get('sort') ?? DEFAULT_SORT;
  if (!(sort in SORT_VALUES)) throw new BadQuery(`Invalid value for sort: "${sort}"`);
  const limit = Number(params.get('limit') ?? PAGE_CAP);
  if (!Number.isInteger(limit) || limit < 1) throw new BadQuery('Invalid value for limit');
  const ascending = params.get('direction') === '1';
  return {
    params,
    sort,
    ascending,
    limit: Math.min(limit, PAGE_CAP),
    expand,
    after: cursorOf(params),
  };
}

const APP_TAGS: Readonly<Record<string, string>> = { 'mlx-lm': 'mlx' };

/** `num_parameters=min:6B,max:128B` */
function fitsParameters(range: string, parameters: number): boolean {
  return range.split(',').every((bound) => {
    const match = /^(min|max):([\d.]+)([KMBT]?)$/i.exec(bound.trim());
    if (!match) return true;
    const scale = { '': 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[(match[3] ?? '').toUpperCase()] ?? 1;
    const value = Number(match[2]) * scale;
    return match[1]?.toLowerCase() === 'min' ? parameters >= value : parameters <= value;
  });
}

/** The conditions of a query, made ready once instead of once a row. */
function conditionsOf(params: URLSearchParams): ((hosted: Hosted) => boolean)[] {
  const conditions: ((hosted: Hosted) => boolean)[] = [];
  const add = (name: string, test: (value: string, hosted: Hosted) => boolean) => {
    for (const value of params.getAll(name)) conditions.push((hosted) => test(value, hosted));
  };
  const tags = ({ id, repository }: Hosted) => tagsAt(id, repository);
  add('author', (author, { id }) => authorOf(id) === author);
  add('search', (text, { id }) => id.toLowerCase().includes(text.toLowerCase()));
  add('filter', (filter, hosted) => filter.split(',').every((tag) => tags(hosted).includes(tag)));
  add('pipeline_tag', (task, { repository }) => repository.facts.pipeline === task);
  add('gated', (value, { gated }) => isOn(value) === (gated !== false));
  add('apps', (apps, hosted) =>
    apps.split(',').some((app) => tags(hosted).includes(APP_TAGS[app] ?? 'gguf')),
  );
  add('num_parameters', (range, { repository }) =>
    fitsParameters(range, repository.facts.parameters),
  );
  // Nobody serves these models: they run at home.
  for (const name of ['inference', 'inference_provider']) add(name, () => false);
  return conditions;
}

function isPast(
  { value, objectId }: NonNullable<Query['after']>,
  row: Row,
  ascending: boolean,
): boolean {
  const id = row.hosted.repository.objectId;
  const order = row.value === value ? byCodeUnits(objectId, id) : row.value < value ? 1 : -1;
  return ascending ? order < 0 : order > 0;
}

function linkTo(exchange: Exchange, last: Row): string {
  const next = new URL(exchange.url);
  const cursor = JSON.stringify([last.value, last.hosted.repository.objectId]);
  next.searchParams.set('cursor', Buffer.from(cursor).toString('base64'));
  return `<${next.href}>; rel="next"`;
}

/** `GET /api/models` (fact sheet 1.1). The same question to the same state has the same answer. */
export function listModels(state: HubState, lists: SortedLists, exchange: Exchange): Reply {
  const question = `${exchange.token === undefined ? 'anonymous' : 'known'} ${exchange.url.href}`;
  return lists.remembered(question, () => pageOf(state, lists, exchange));
}

function pageOf(state: HubState, lists: SortedLists, exchange: Exchange): Reply {
  const { params, sort, ascending, limit, expand, after } = parseQuery(exchange.url.searchParams);
  const conditions = conditionsOf(params);
  const seesPrivate = exchange.token !== undefined;
  const sorted = lists.by(sort, SORT_VALUES[sort] ?? (() => 0));
  const rows: Row[] = [];
  // One row more than a page tells whether there is another page.
  for (const row of ascending ? [...sorted].reverse() : sorted) {
    if (after && !isPast(after, row, ascending)) continue;
    if (row.hosted.private && !seesPrivate) continue;
    if (!conditions.every((holds) => holds(row.hosted))) continue;
    if (rows.push(row) > limit) break;
  }
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const options = {
    full: isOn(params.get('full')),
    cardData: isOn(params.get('cardData')),
    config: isOn(params.get('config')),
  };
  const body = page.map(({ hosted }) =>
    expand.length > 0 ? expandedRow(hosted, expand) : listRow(hosted, options),
  );
  const author = params.get('author') ?? '';
  const shown = spoiled(state.faults.set, `hf:${author}`, body, {
    idOf: (row) => String(row['id']),
    field: 'id',
    all: () => [...state.store.hosted.keys()].filter((id) => authorOf(id) === author),
  });
  return json(shown, rows.length > limit && last ? { Link: linkTo(exchange, last) } : {});
}

/** Turns a query that the Hub refuses into its answer. */
export function refusingBadQueries(answer: () => Reply): Reply {
  try {
    return answer();
  } catch (error) {
    if (error instanceof BadQuery) return hubError(400, undefined, error.message);
    throw error;
  }
}
