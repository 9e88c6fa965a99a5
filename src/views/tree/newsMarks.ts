import type { ModelId } from '../../sync/model.ts';

/**
 * What tells the marks of news in rows from those of another moment; empty: none is marked.
 * @param since when the visit before this one ended, in ms since 1970: what a model is marked as,
 *   new or updated, depends on it too
 */
export function newsMarks(news: readonly ModelId[], since: number): string {
  return news.length === 0 ? '' : [since, ...news].join(' ');
}
