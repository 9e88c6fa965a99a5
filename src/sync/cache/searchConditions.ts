import type { SourceKey } from '../model.ts';
import type { SearchFilters } from './search.ts';
import type { Facet, Measure, Word } from './searchTerms.ts';
import { facet, magnitudes, trigrams, yesOrNo } from './searchTerms.ts';

/**
 * A condition in SQL on a row of `search`, or of `search_text` under the name `described`, and the
 * values of its parameters by name.
 */
export interface Condition {
  readonly sql: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** The terms of the filters that ask for a value. */
export function facetTerms(filters: SearchFilters): string[] {
  const { author, license, task, library, architecture, family, tags = [] } = filters;
  const { takesTools, vision, gated } = filters;
  const asked: [Facet, string | boolean | undefined][] = [
    ['author', author],
    ['license', license],
    ['task', task],
    ['library', library],
    ['architecture', architecture],
    ['family', family],
    ['tools', takesTools],
    ['vision', vision],
    ['gated', gated],
    ...tags.map((tag): [Facet, string] => ['tag', tag]),
  ];
  return asked.flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [facet(name, typeof value === 'string' ? value : yesOrNo(value))];
  });
}

/** What every row has to hold to answer to these words and terms. */
export function termConditions(words: readonly Word[], facets: readonly string[]): Condition[] {
  const inside = words.flatMap((word) => ('inside' in word ? [word.inside] : []));
  const terms = words.flatMap((word) => ('beginning' in word ? [word.beginning] : []));
  return [
    ...inside.map((word, index) => contains('text', `word${index}`, word)),
    ...[...terms, ...facets].map((term, index) => contains('terms', `term${index}`, ` ${term} `)),
  ];
}

/**
 * The query that asks the full-text index for rows that may answer: trigrams do not tell whether
 * they stand side by side, so no more of them are asked for than cover the words, and magnitudes
 * are round. Empty if nothing is asked for.
 * @param sources the sources one of which it must be, if it matters
 */
export function matchQuery(
  words: readonly Word[],
  filters: SearchFilters,
  sources: readonly SourceKey[],
): string {
  const ofWords = words.flatMap((word) =>
    'inside' in word ? coveringTrigrams(word.inside) : [word.beginning],
  );
  const { minBytes, maxBytes, minParameters, maxParameters } = filters;
  const anyOf = [
    sources.map((source) => facet('source', source)),
    ...anyMagnitude(measureOf(filters), minBytes, maxBytes),
    ...anyMagnitude('parameters', minParameters, maxParameters),
  ];
  return [
    ...[...ofWords, ...facetTerms(filters)].map(quoted),
    ...anyOf
      .filter((terms) => terms.length > 0)
      .map((terms) => `(${terms.map(quoted).join(' OR ')})`),
  ].join(' AND ');
}

/** The filters that a row of `search` tells by itself. */
export function rangeConditions(filters: SearchFilters): Condition[] {
  const { maxBytes, minParameters, maxParameters } = filters;
  return [
    ...limit('parameters >=', 'minParameters', minParameters),
    ...limit('parameters <=', 'maxParameters', maxParameters),
    ...limit('smallest <=', 'maxBytes', maxBytes),
  ];
}

/** Some variant is as large as wanted, and no larger. */
export function variantConditions({ minBytes, maxBytes }: SearchFilters): Condition[] {
  if (minBytes === undefined) return [];
  const values = { minBytes, mostBytes: maxBytes ?? Number.MAX_SAFE_INTEGER };
  const sizes = 'SELECT 1 FROM json_each(described.sizes)';
  return [{ sql: `EXISTS (${sizes} WHERE value BETWEEN :minBytes AND :mostBytes)`, values }];
}

/** Only rows of these sources. */
export function isFrom(sources: readonly SourceKey[]): Condition {
  return {
    sql: 'search.source IN (SELECT value FROM json_each(:sources))',
    values: { sources: JSON.stringify(sources) },
  };
}

/** No other of these sources, which stand in order of precedence, publishes the same model. */
export function comesFirstAmong(sources: readonly SourceKey[]): Condition {
  return {
    sql: `NOT EXISTS (
      SELECT 1 FROM search AS other
      CROSS JOIN json_each(:ordered) AS first ON first.value = other.source
      CROSS JOIN json_each(:ordered) AS own ON own.value = search.source
      WHERE other.id = search.id AND other.source <> search.source AND first.key < own.key)`,
    values: { ordered: JSON.stringify(sources) },
  };
}

function coveringTrigrams(word: string): string[] {
  const all = [...trigrams(word)];
  return all.filter((_, index) => index % 3 === 0 || index === all.length - 1);
}

function contains(column: 'text' | 'terms', name: string, value: string): Condition {
  return { sql: `instr(described.${column}, :${name}) > 0`, values: { [name]: value } };
}

function limit(comparison: string, name: string, value: number | undefined): Condition[] {
  if (value === undefined) return [];
  return [{ sql: `search.${comparison} :${name}`, values: { [name]: value } }];
}

/** With both limits, one variant has to keep both. */
function measureOf({ minBytes, maxBytes }: SearchFilters): Measure {
  if (maxBytes === undefined) return 'largest';
  return minBytes === undefined ? 'smallest' : 'bytes';
}

function anyMagnitude(measure: Measure, from = 0, to = Number.MAX_SAFE_INTEGER): string[][] {
  const terms = magnitudes(measure, from, to);
  return terms === undefined ? [] : [terms];
}

function quoted(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}
