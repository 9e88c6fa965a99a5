import { familyOf } from '../family.ts';
import type { ModelRecord, SourceKey, Variant } from '../model.ts';
import { authorOf } from '../modelId.ts';
import { withEstimates } from '../variants.ts';

/** What a row can be found by. Lower case throughout: what is asked for is lowered, too. */
export interface Searchable {
  /** The text in which words of three and more characters are looked for. */
  readonly text: string;
  /** Facets, magnitudes and beginnings of words, each between two spaces. */
  readonly terms: string;
  /** The known sizes of the variants in bytes; estimates count like exact ones. */
  readonly sizes: readonly number[];
}

/** Remote texts may be of any length; what lies beyond this many characters is not found. */
const LONGEST_TEXT = 2_000;
const LONGEST_FACET = 100;
const MOST_TAGS = 100;
/** Beyond these, one number is like the other. */
const SMALLEST = 2 ** 20;
const LARGEST = 2 ** 45;
/** Steps to a power of two. Who gives both limits of a size means few of the many sizes there are. */
const STEPS: Readonly<Record<Measure, number>> = {
  bytes: 4,
  smallest: 1,
  largest: 1,
  parameters: 2,
};
/** A wider range narrows little down, and each term of it is a list to be read. */
const MOST_MAGNITUDES = 16;

/** The names of what can be filtered by. Each value of a row becomes one term, `=name:value`. */
export type Facet =
  | 'source'
  | 'author'
  | 'license'
  | 'task'
  | 'library'
  | 'architecture'
  | 'family'
  | 'tag'
  | 'tools'
  | 'vision'
  | 'gated';

/** What a row of a source can be found by. */
export function searchable(source: SourceKey, record: ModelRecord): Searchable {
  const { id, architecture, task, library, parameters, tags = [], description = '' } = record;
  const words = [id, architecture, task, library, ...plainTags(tags), description];
  const text = lowered(words.filter((word) => word !== undefined).join(' ')).slice(0, LONGEST_TEXT);
  const sizes = sizesOf(record);
  const terms = new Set([
    ...beginnings(lowered(id)),
    ...facetsOf(source, record),
    ...magnitudesOf(sizes),
    ...(parameters === undefined ? [] : [magnitude('parameters', parameters)]),
  ]);
  return { text, terms: ` ${[...terms].join(' ')} `, sizes };
}

/** All terms of a row, for the index: every three characters of its text, too. */
export function indexTerms({ text, terms }: Pick<Searchable, 'text' | 'terms'>): string {
  return `${terms}${[...trigrams(text)].join(' ')}`;
}

/** The term of a facet: without spaces, so that a space ends it. */
export function facet(name: Facet, value: string): string {
  return `=${name}:${lowered(value).replaceAll(' ', '_').slice(0, LONGEST_FACET)}`;
}

/** What can be asked for by its magnitude: the size of some variant, of the least, of the largest. */
export type Measure = 'bytes' | 'smallest' | 'largest' | 'parameters';

/** The term of a number: all from one step up to the next have the same. */
function magnitude(measure: Measure, value: number): string {
  return `#${measure}:${stepOf(measure, value)}`;
}

/** The terms of all numbers between two limits; undefined if they are too many to ask for. */
export function magnitudes(measure: Measure, from: number, to: number): string[] | undefined {
  const first = stepOf(measure, from);
  const count = Math.max(0, stepOf(measure, to) - first + 1);
  if (count > MOST_MAGNITUDES) return undefined;
  return Array.from({ length: count }, (_, index) => `#${measure}:${first + index}`);
}

function stepOf(measure: Measure, value: number): number {
  return Math.floor(STEPS[measure] * Math.log2(Math.min(LARGEST, Math.max(SMALLEST, value))));
}

/**
 * A word that somebody looks for. Three and more characters are found anywhere in the text; one or
 * two only where a word of the name begins, or else they would be found everywhere.
 */
export type Word = { readonly inside: string } | { readonly beginning: string };

/** The words of a query; signs that stand alone mean nothing. */
export function wordsOf(query: string): Word[] {
  return lowered(query)
    .split(' ')
    .map((word) => (Array.from(word).length > 2 ? { inside: word } : beginningOf(word)))
    .filter((word) => word !== undefined);
}

/** Every three characters in a row that hold no space, each once, as terms of the index. */
export function trigrams(text: string): Set<string> {
  const found = new Set<string>();
  for (const word of text.split(' ')) {
    const characters = Array.from(word);
    for (let at = 2; at < characters.length; at++) {
      found.add(`~${characters[at - 2] ?? ''}${characters[at - 1] ?? ''}${characters[at] ?? ''}`);
    }
  }
  return found;
}

/** One and two characters from where a word begins, and a number in it: `qwen3-4b` at q, 3, 4, b. */
function* beginnings(text: string): Generator<string> {
  for (const { index } of text.matchAll(/\p{L}+|\p{N}+/gu)) {
    const [first = '', second = ''] = text.slice(index, index + 4);
    yield `_${first}`;
    yield `_${first}${second}`;
  }
}

function beginningOf(word: string): Word | undefined {
  const meant = word.replace(/^[^\p{L}\p{N}]+/u, '');
  return meant === '' ? undefined : { beginning: `_${meant}` };
}

function facetsOf(source: SourceKey, record: ModelRecord): string[] {
  const { id, license, task, library, architecture, tags = [], takesTools, gated } = record;
  const values: [Facet, string | undefined][] = [
    ['source', source],
    ['author', authorOf(id)],
    ['license', license],
    ['task', task],
    ['library', library],
    ['architecture', architecture],
    ['family', familyOf(record) ?? ''],
    ['tools', takesTools === undefined ? undefined : yesOrNo(takesTools)],
    ['vision', yesOrNo(seesImages(record))],
    ['gated', yesOrNo(gated !== undefined && gated !== false)],
    ...plainTags(tags).map((tag): [Facet, string] => ['tag', tag]),
  ];
  return values.flatMap(([name, value]) => (value === undefined ? [] : [facet(name, value)]));
}

/** The value of a facet that is true or false. */
export function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function magnitudesOf(sizes: readonly number[]): string[] {
  if (sizes.length === 0) return [];
  return [
    ...sizes.map((bytes) => magnitude('bytes', bytes)),
    magnitude('smallest', Math.min(...sizes)),
    magnitude('largest', Math.max(...sizes)),
  ];
}

function sizesOf({ variants = [], parameters }: ModelRecord): number[] {
  return withEstimates(variants, parameters).flatMap(({ size }) =>
    size.sureness === 'unknown' ? [] : [Math.round(size.bytes)],
  );
}

/** Whether a model takes images: see SearchFilters.vision. */
export function seesImages({ task, variants = [] }: ModelRecord): boolean {
  return task === 'image-text-to-text' || variants.some((variant: Variant) => variant.mmproj);
}

/** Tags such as `license:mit` or `region:us` say again what is known, or say nothing. */
function plainTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => !tag.includes(':')).slice(0, MOST_TAGS);
}

function lowered(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ')
    .trim();
}
