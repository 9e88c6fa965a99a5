import type { SearchFilters, SearchSort } from '../cache/search.ts';
import type { Flag, Key, ModelQuery, QueryProblem } from './modelQuery.ts';
import { ALIASES, FLAGS, KEYS, SORTS } from './modelQuery.ts';
import { nearest } from './nearest.ts';
import type { Range } from './ranges.ts';
import { BYTE_UNITS, parseRange, printRange, WEIGHT_UNITS } from './ranges.ts';
import type { Token } from './tokens.ts';
import { quoted, tokensOf, unquoted } from './tokens.ts';

export interface ParsedQuery {
  readonly query: ModelQuery;
  readonly problems: readonly QueryProblem[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Draft extends Mutable<Omit<ModelQuery, 'filters'>> {
  filters: Mutable<SearchFilters>;
}

/**
 * Reads a query: words, and among them flags (`@fits`, `-@gated`) and keys with a value
 * (`license:apache-2.0`, with or without `@`; `size:<8gb`, `params:4b..8b`, `sort:newest`).
 * Never throws: what says nothing is a problem, and left out.
 */
export function parseQuery(text: string): ParsedQuery {
  const draft: Draft = { text: '', filters: {} };
  const problems: QueryProblem[] = [];
  const words: string[] = [];
  for (const token of tokensOf(text)) {
    const problem =
      token.colon !== undefined
        ? takeKey(draft, token, words)
        : /^-?@/.test(token.raw)
          ? takeFlag(draft, token)
          : void words.push(token.text);
    if (problem !== undefined) problems.push(problem);
  }
  // What quotes hold together are words all the same.
  draft.text = words
    .flatMap((word) => word.split(/\s+/))
    .filter((word) => word !== '')
    .join(' ');
  return { query: draft, problems };
}

/** The shortest query that asks for the same. */
export function printQuery({
  text,
  filters,
  sort,
  fits,
  installed,
  favourite,
  hidden,
}: ModelQuery): string {
  const opposite = (asked: boolean | undefined, flag: Flag): string =>
    asked === undefined ? '' : `${asked ? '' : '-'}@${flag}`;
  const value = (key: Key, given: string | undefined): string =>
    given === undefined ? '' : `${key}:${quoted(given)}`;
  const range = (key: Key, { min, max }: Range, units: typeof BYTE_UNITS): string => {
    if (min === undefined && max === undefined) return '';
    // Nothing lies between, which `min..max` does not say.
    if (min !== undefined && max !== undefined && min > max)
      return `${range(key, { min }, units)} ${range(key, { max }, units)}`;
    return `${key}:${printRange(rangeOf(min, max), units)}`;
  };
  return [
    ...text.split(' ').map((word) => (isPlain(word) ? word : `"${word}"`)),
    fits ? '@fits' : '',
    installed ? '@installed' : '',
    favourite ? '@favourite' : '',
    hidden ? '@hidden' : '',
    opposite(filters.takesTools, 'tools'),
    opposite(filters.vision, 'vision'),
    opposite(filters.gated, 'gated'),
    value('author', filters.author),
    value('license', filters.license),
    value('task', filters.task),
    value('arch', filters.architecture),
    value('library', filters.library),
    ...(filters.tags ?? []).map((tag) => value('tag', tag)),
    range('size', rangeOf(filters.minBytes, filters.maxBytes), BYTE_UNITS),
    range('params', rangeOf(filters.minParameters, filters.maxParameters), WEIGHT_UNITS),
    sort === undefined ? '' : `sort:${sort}`,
  ]
    .filter((part) => part !== '' && part !== '""')
    .join(' ');
}

/** Whether a word stands for itself without quotes. */
function isPlain(word: string): boolean {
  const [token, ...others] = tokensOf(word);
  return (
    token !== undefined && others.length === 0 && token.colon === undefined && !/^-?@/.test(word)
  );
}

function rangeOf(min: number | undefined, max: number | undefined): Range {
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function takeFlag(draft: Draft, token: Token): QueryProblem | undefined {
  const negated = token.raw.startsWith('-');
  const name = token.text.replace(/^-?@/, '').toLowerCase();
  const flag = ALIASES[name] ?? name;
  switch (flag) {
    case 'fits':
    case 'installed':
    case 'favourite':
    case 'hidden':
      if (negated) return problemOf(token, 'unknownWord', `@${flag}`);
      draft[flag] = true;
      return undefined;
    case 'tools':
      draft.filters.takesTools = !negated;
      return undefined;
    case 'vision':
    case 'gated':
      draft.filters[flag] = !negated;
      return undefined;
    default:
      return problemOf(
        token,
        'unknownWord',
        nearest(
          name,
          FLAGS.map((one) => `@${one}`),
        ),
      );
  }
}

function takeKey(draft: Draft, token: Token, words: string[]): QueryProblem | undefined {
  const { raw, colon = 0 } = token;
  const name = raw.slice(0, colon).replace(/^-?@/, '').toLowerCase();
  const key = (ALIASES[name] ?? name) as Key;
  const value = unquoted(raw.slice(colon + 1));
  if (!KEYS.includes(key)) {
    // An address or a tag of a model, `hf:x` or `https://…`, is text.
    if (!raw.startsWith('@')) return void words.push(token.text);
    return problemOf(
      token,
      'unknownWord',
      nearest(
        name,
        KEYS.map((one) => `${one}:`),
      ),
    );
  }
  if (value === '') return problemOf(token, 'badValue', EXAMPLES[key]);
  return takeValue(draft, key, value) ? undefined : problemOf(token, 'badValue', EXAMPLES[key]);
}

/** True if the value is one. */
function takeValue(draft: Draft, key: Key, value: string): boolean {
  const { filters } = draft;
  switch (key) {
    case 'arch':
      filters.architecture = value;
      return true;
    case 'tag':
      filters.tags = [...(filters.tags ?? []), value];
      return true;
    case 'size': {
      const range = parseRange(value, BYTE_UNITS);
      if (range?.min !== undefined) filters.minBytes = range.min;
      if (range?.max !== undefined) filters.maxBytes = range.max;
      return range !== undefined;
    }
    case 'params': {
      const range = parseRange(value, WEIGHT_UNITS);
      if (range?.min !== undefined) filters.minParameters = range.min;
      if (range?.max !== undefined) filters.maxParameters = range.max;
      return range !== undefined;
    }
    case 'sort': {
      const sort = SORTS.find((one) => one === value.toLowerCase());
      if (sort !== undefined) draft.sort = sort satisfies SearchSort;
      return sort !== undefined;
    }
    case 'author':
    case 'license':
    case 'task':
    case 'library':
      filters[key] = value;
      return true;
  }
}

/** How the value of a key looks. */
const EXAMPLES: Readonly<Record<Key, string>> = {
  author: 'author:bartowski',
  license: 'license:apache-2.0',
  task: 'task:text-generation',
  arch: 'arch:llama',
  library: 'library:gguf',
  tag: 'tag:conversational',
  size: 'size:<8gb',
  params: 'params:<8b',
  sort: 'sort:newest',
};

function problemOf(token: Token, kind: QueryProblem['kind'], hint?: string): QueryProblem {
  const { start, end, raw: word } = token;
  return { start, end, kind, word, ...(hint !== undefined && { hint }) };
}
