import { bySourcePrecedence } from '../merge.ts';
import type { SourceKey } from '../model.ts';
import type { SearchQuery } from './search.ts';
import type { Condition } from './searchConditions.ts';
import {
  comesFirstAmong,
  facetTerms,
  isFrom,
  matchQuery,
  rangeConditions,
  termConditions,
  variantConditions,
} from './searchConditions.ts';
import { wordsOf } from './searchTerms.ts';
import type { Statements } from './statements.ts';

/** More words than this narrow nothing down any more. */
const MOST_WORDS = 8;

/** A query as conditions on rows, and as a question to the full-text index. */
export interface Ask {
  /** What the narrow row tells. */
  readonly early: readonly Condition[];
  /** What costs a look at another row: for those only that stand first. */
  readonly late: readonly Condition[];
  /** Which rows may answer, for the full-text index; empty if all may. */
  readonly match: string;
}

/** What `late` conditions look at. */
export const DESCRIBED = 'CROSS JOIN search_text AS described ON described.number = search.number';

/**
 * What a query asks of the rows of its sources.
 * @param apart what several sources publish is found once for each of them
 */
export function askOf(
  { text, filters, of, sources }: Pick<SearchQuery, 'text' | 'filters' | 'of' | 'sources'>,
  statements: Statements,
  apart = false,
): Ask {
  const { followed, all } = filledSources(of === undefined ? sources : [of], statements);
  const words = wordsOf(text).slice(0, MOST_WORDS);
  return {
    early: [...rangeConditions(filters), ...(all ? [] : [isFrom(followed)])],
    late: [
      ...termConditions(words, facetTerms(filters)),
      ...variantConditions(filters),
      ...(followed.length > 1 && !apart ? [comesFirstAmong(followed)] : []),
    ],
    match: matchQuery(words, filters, all ? [] : followed),
  };
}

/** Those of the sources that have models, in order of precedence, and whether no others have. */
function filledSources(
  asked: readonly SourceKey[],
  statements: Statements,
): { readonly followed: SourceKey[]; readonly all: boolean } {
  const rows = statements.prepare('SELECT key FROM source WHERE models > 0').all();
  const filled = rows.map((row) => String(row['key']));
  const followed = filled.filter((key) => asked.includes(key)).sort(bySourcePrecedence);
  return { followed, all: followed.length === filled.length };
}

/** SQL that is true where all conditions hold. */
export function allOf(conditions: readonly Condition[]): string {
  return conditions.map(({ sql }) => `(${sql})`).join(' AND ') || 'true';
}

/** The values of all parameters of conditions, by name. */
export function valuesOf(conditions: readonly Condition[]): Condition['values'] {
  return Object.assign({}, ...conditions.map(({ values }) => values)) as Condition['values'];
}
