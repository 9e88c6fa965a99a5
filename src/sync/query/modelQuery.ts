import type { SearchFilters, SearchSort } from '../cache/search.ts';

/** What a user looks for, in the words of the query language: see parseQuery. */
export interface ModelQuery {
  /** Words that all must occur. */
  readonly text: string;
  readonly filters: SearchFilters;
  readonly sort?: SearchSort;
  /** Only what this machine can run. */
  readonly fits?: true;
  readonly installed?: true;
  readonly favourite?: true;
  /** Only what the user has hidden, which is not found otherwise. */
  readonly hidden?: true;
}

/** Something in a query that says nothing, and where it stands. */
export interface QueryProblem {
  /** The first character, and the one after the last. */
  readonly start: number;
  readonly end: number;
  readonly kind: 'unknownWord' | 'badValue';
  /** As written. */
  readonly word: string;
  /** What was probably meant, or how such a value looks. */
  readonly hint?: string;
}

export const SORTS: readonly SearchSort[] = [
  'trending',
  'downloads',
  'likes',
  'newest',
  'name',
  'size',
];

/** Words that stand for themselves. A `-` in front of the last three asks for the opposite. */
export const FLAGS = [
  'fits',
  'installed',
  'favourite',
  'hidden',
  'tools',
  'vision',
  'gated',
] as const;
export type Flag = (typeof FLAGS)[number];

/** Words that a value follows, after a colon. */
export const KEYS = [
  'author',
  'license',
  'task',
  'arch',
  'library',
  'tag',
  'size',
  'params',
  'sort',
] as const;
export type Key = (typeof KEYS)[number];

/** Other spellings of the same. */
export const ALIASES: Readonly<Record<string, Flag | Key>> = {
  favorite: 'favourite',
  licence: 'license',
  architecture: 'arch',
  parameters: 'params',
};
