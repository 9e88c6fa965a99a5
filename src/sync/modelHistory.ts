import type { ModelFile, ModelRecord, SourceKey, TreeOf, Variant } from './model.ts';
import { filesOf } from './variants.ts';

/** The facts of a model whose changes are told. */
export const TOLD_FACTS = [
  'gated',
  'private',
  'disabled',
  'license',
  'task',
  'library',
  'architecture',
  'parameters',
  'contextLength',
  'takesTools',
] as const;

export type ToldFact = (typeof TOLD_FACTS)[number];

/** What a source says of one fact before and after; absent: nothing. */
export interface FactChange {
  readonly fact: ToldFact;
  readonly before?: string | number | boolean;
  readonly after?: string | number | boolean;
}

/** One file that came, went or has other bytes. Sizes are bytes; absent: not known. */
export interface FileChange {
  readonly path: string;
  readonly what: 'added' | 'removed' | 'changed';
  readonly before?: number;
  readonly after?: number;
}

/** Which files were compared: those that make up the variants, or the whole repository. */
export type FileScope = 'variants' | 'all';

/** What became of a model between two records. */
export interface ModelChange {
  /** Commits, 40 hex digits, where the upstream names them; only if they differ. */
  readonly from?: string;
  readonly to?: string;
  readonly facts: readonly FactChange[];
  readonly addedTags: readonly string[];
  readonly removedTags: readonly string[];
  readonly files: readonly FileChange[];
  /** Changed files beyond those in `files`. */
  readonly moreFiles: number;
  readonly scope: FileScope;
}

/** One entry of the history of a model, as the sync saw it. */
export interface HistoryEntry extends ModelChange {
  readonly source: SourceKey;
  readonly event: 'changed' | 'removed' | 'returned';
  /** When the run took place, in ms since 1970. */
  readonly at: number;
  /** Which files changed is told once the file tree of the commit `to` is read. */
  readonly awaited?: true;
}

/** The history of a model, the newest entry first. */
export interface ModelHistory {
  readonly entries: readonly HistoryEntry[];
  /** When the first of its sources listed it, in ms since 1970. */
  readonly since?: { readonly source: SourceKey; readonly at: number };
}

/** Entries are read by people: longer lists are cut. */
const MOST_FILES = 40;
const MOST_TAGS = 20;
const MOST_LETTERS = 200;

export const NO_CHANGE: ModelChange = {
  facts: [],
  addedTags: [],
  removedTags: [],
  files: [],
  moreFiles: 0,
  scope: 'variants',
};

/**
 * What became of a model from one record of a source to the next; undefined if nothing of it is
 * worth telling.
 */
export function changeBetween(
  before: ModelRecord,
  after: ModelRecord,
  treeOf: TreeOf,
): ModelChange | undefined {
  const moved = before.sha !== after.sha;
  const facts = TOLD_FACTS.flatMap((fact) => factChange(fact, before[fact], after[fact]));
  const addedTags = without(after.tags, before.tags);
  const removedTags = without(before.tags, after.tags);
  const files = (moved ? filesOfCommits(before, after, treeOf) : undefined) ?? {
    ...cut(variantFileChanges(before.variants, after.variants)),
    scope: 'variants' as const,
  };
  const count = facts.length + addedTags.length + removedTags.length + files.files.length;
  if (!moved && count === 0) return undefined;
  return {
    ...(moved && before.sha !== undefined && { from: before.sha }),
    ...(moved && after.sha !== undefined && { to: after.sha }),
    ...{ facts, addedTags, removedTags },
    ...files,
  };
}

/** What became of the files of a repository between two of its trees. */
export function changeOfTrees(
  before: readonly ModelFile[],
  after: readonly ModelFile[],
): Pick<ModelChange, 'files' | 'moreFiles' | 'scope'> {
  return { ...cut(fileChanges(before, after)), scope: 'all' };
}

function filesOfCommits(
  before: ModelRecord,
  after: ModelRecord,
  treeOf: TreeOf,
): Pick<ModelChange, 'files' | 'moreFiles' | 'scope'> | undefined {
  if (before.sha === undefined || after.sha === undefined) return undefined;
  // The newer tree is seldom known yet, and each look at one is a look at the disk.
  const newer = treeOf(after.id, after.sha);
  const older = newer && treeOf(before.id, before.sha);
  return newer && older && changeOfTrees(older, newer);
}

function factChange(
  fact: ToldFact,
  before: ModelRecord[ToldFact],
  after: ModelRecord[ToldFact],
): FactChange[] {
  // What a source begins to say, or no longer says, is no change of the model.
  if (before === undefined || after === undefined || before === after) return [];
  return [{ fact, before: shortened(before), after: shortened(after) }];
}

function variantFileChanges(
  before: ModelRecord['variants'],
  after: ModelRecord['variants'],
): FileChange[] {
  return before && after ? fileChanges(filesOfAll(before), filesOfAll(after)) : [];
}

function fileChanges(before: readonly ModelFile[], after: readonly ModelFile[]): FileChange[] {
  const older = new Map(before.map((file) => [file.path, file]));
  const newer = new Map(after.map((file) => [file.path, file]));
  const added = after.filter(({ path }) => !older.has(path)).map((file) => change('added', file));
  const removed = before
    .filter(({ path }) => !newer.has(path))
    .map((file) => change('removed', file));
  const changed = after.flatMap((file) => {
    const old = older.get(file.path);
    return old !== undefined && differ(old, file) ? [change('changed', file, old)] : [];
  });
  return [...changed, ...added, ...removed];
}

function change(what: FileChange['what'], file: ModelFile, old?: ModelFile): FileChange {
  const before = exactBytes(what === 'removed' ? file : old);
  const after = exactBytes(what === 'removed' ? undefined : file);
  return {
    path: shortened(file.path),
    what,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

/** Whether two files of one path have other bytes, as far as anybody knows. */
function differ(old: ModelFile, file: ModelFile): boolean {
  const digests = ['sha256', 'gitSha1'] as const;
  const known = digests.find((name) => old[name] !== undefined && file[name] !== undefined);
  if (known !== undefined) return old[known] !== file[known];
  const [before, after] = [exactBytes(old), exactBytes(file)];
  return before !== undefined && after !== undefined && before !== after;
}

function exactBytes(file: ModelFile | undefined): number | undefined {
  return file?.size.sureness === 'exact' ? file.size.bytes : undefined;
}

/** The files of all variants, each once: they share their projector. */
function filesOfAll(variants: readonly Variant[]): ModelFile[] {
  return [...new Map(variants.flatMap(filesOf).map((file) => [file.path, file])).values()];
}

function cut(changes: readonly FileChange[]): Pick<ModelChange, 'files' | 'moreFiles'> {
  const files = changes.slice(0, MOST_FILES);
  return { files, moreFiles: changes.length - files.length };
}

/** Nothing where only one of two records tells tags at all: that is no change of the model. */
function without(
  tags: readonly string[] | undefined,
  others: readonly string[] | undefined,
): string[] {
  if (tags === undefined || others === undefined) return [];
  const known = new Set(others);
  return tags
    .filter((tag) => !known.has(tag))
    .slice(0, MOST_TAGS)
    .map(shortened);
}

function shortened<T>(value: T): T | string {
  return typeof value === 'string' ? value.slice(0, MOST_LETTERS) : value;
}
