import type { Key } from './modelQuery.ts';
import { ALIASES, FLAGS, KEYS, SORTS } from './modelQuery.ts';
import { quoted, tokensOf, unquoted } from './tokens.ts';

/** Values that occur in the catalogue, the most frequent first. */
export type Vocabulary = (key: Key) => readonly string[];

/** What may stand at the cursor, and what of the query it replaces. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  /** Whole words, to stand in place of the characters from `start` to `end`. */
  readonly options: readonly string[];
}

const MOST_OPTIONS = 12;
const RANGES: Partial<Record<Key, readonly string[]>> = {
  size: ['<4gb', '<8gb', '<16gb', '4gb..8gb'],
  params: ['<4b', '<8b', '<15b', '>30b'],
};

/** What may be typed next: flags and keys after `@` or a begun word, values after a key. */
export function completeQuery(
  query: string,
  cursor: number,
  vocabulary: Vocabulary,
): Completion | undefined {
  const token = tokensOf(query).find(({ start, end }) => start < cursor && cursor <= end);
  if (token === undefined) return undefined;
  const { start, end, raw, colon } = token;
  const options =
    colon !== undefined && cursor > start + colon
      ? valuesOf(raw, colon, vocabulary)
      : wordsFor(raw);
  return options.length === 0 ? undefined : { start, end, options: options.slice(0, MOST_OPTIONS) };
}

function wordsFor(raw: string): string[] {
  const begun = raw.replace(/^-?@?/, '').toLowerCase();
  const startsWith = (name: string): boolean => name.startsWith(begun) && name !== begun;
  const keys = KEYS.filter(startsWith).map((key) => `${key}:`);
  if (!/^-?@/.test(raw)) return begun.length < 2 ? [] : keys;
  const sign = raw.startsWith('-') ? '-' : '';
  return [...FLAGS.filter(startsWith).map((flag) => `${sign}@${flag}`), ...keys];
}

function valuesOf(raw: string, colon: number, vocabulary: Vocabulary): string[] {
  const name = raw.slice(0, colon).replace(/^-?@/, '').toLowerCase();
  const key = (ALIASES[name] ?? name) as Key;
  if (!KEYS.includes(key)) return [];
  const begun = unquoted(raw.slice(colon + 1)).toLowerCase();
  const values = RANGES[key] ?? (key === 'sort' ? SORTS : vocabulary(key));
  return values
    .filter((value) => value.toLowerCase().startsWith(begun) && value.toLowerCase() !== begun)
    .map((value) => `${key}:${quoted(value)}`);
}
