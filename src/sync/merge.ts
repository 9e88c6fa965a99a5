import type {
  Counters,
  Model,
  ModelFile,
  ModelRecord,
  SourceKey,
  SourceKind,
  Variant,
} from './model.ts';
import { authorOf, nameOf } from './modelId.ts';
import { filesOf, sizeOfFiles, surerSize, withEstimates } from './variants.ts';

const PRECEDENCE: readonly SourceKind[] = ['hf', 'published', 'cortex', 'jan'];

/** One row as the catalogue holds it. */
export interface StoredRow {
  readonly source: SourceKey;
  readonly record: ModelRecord;
  readonly counters: Counters;
  readonly published: boolean;
}

/** The kind of upstream a source key names. */
export function kindOf(source: SourceKey): SourceKind {
  const kind = source.split(':', 1)[0];
  return PRECEDENCE.find((known) => known === kind) ?? 'jan';
}

/** Orders sources by how much their word counts. */
export function bySourcePrecedence(a: SourceKey, b: SourceKey): number {
  const rank = PRECEDENCE.indexOf(kindOf(a)) - PRECEDENCE.indexOf(kindOf(b));
  return rank || (a < b ? -1 : a > b ? 1 : 0);
}

/**
 * Merges what the sources say of one model, field by field: the first source in precedence that
 * knows a field decides it. Rows that are still published count before those that are not.
 */
export function mergeRows(rows: readonly StoredRow[]): Model | undefined {
  const ordered = [...rows].sort(
    (a, b) => Number(b.published) - Number(a.published) || bySourcePrecedence(a.source, b.source),
  );
  const [first] = ordered;
  if (first === undefined) return undefined;

  const { id } = first.record;
  const merged: Record<string, unknown> & Pick<ModelRecord, 'id'> = { id };
  for (const row of ordered) {
    for (const [field, value] of Object.entries({ ...row.record, ...row.counters })) {
      merged[field] ??= value;
    }
  }
  const known = merged satisfies ModelRecord as ModelRecord & Counters;
  const variants = mergeVariants(ordered.map((row) => row.record.variants ?? []));
  return {
    ...known,
    variants: withEstimates(variants, known.parameters),
    author: authorOf(id),
    name: nameOf(id),
    sources: ordered.map((row) => row.source),
    published: ordered.some((row) => row.published),
  };
}

/** The variants of the first source that lists any, with what others know better of their files. */
function mergeVariants(lists: readonly (readonly Variant[])[]): readonly Variant[] {
  const listed = lists.filter((list) => list.length > 0);
  const [first, ...others] = listed;
  if (first === undefined || others.length === 0) return first ?? [];

  const known = new Map<string, ModelFile>();
  for (const file of others.flat().flatMap(filesOf)) {
    known.set(file.path, surerFile(known.get(file.path) ?? file, file));
  }
  const complete = (file: ModelFile): ModelFile => surerFile(file, known.get(file.path) ?? file);
  return first.map((variant) => {
    const files = variant.files.map(complete);
    const size = surerSize(variant.size, sizeOfFiles(files));
    return { ...variant, files, size, ...(variant.mmproj && { mmproj: complete(variant.mmproj) }) };
  });
}

/** What two sources say of one file: the surer size, and the digests of whichever knows them. */
function surerFile(first: ModelFile, second: ModelFile): ModelFile {
  return { ...second, ...first, size: surerSize(first.size, second.size) };
}
