import type { Model } from '../../sync/model.ts';
import type { Vocabulary } from '../../sync/query/completeQuery.ts';
import type { Key } from '../../sync/query/modelQuery.ts';

/** The values that occur in these models, the most frequent first. */
export function vocabularyOf(models: readonly Model[]): Vocabulary {
  const values: Partial<Record<Key, (model: Model) => readonly (string | undefined)[]>> = {
    author: ({ author }) => [author],
    license: ({ license }) => [license],
    task: ({ task }) => [task],
    arch: ({ architecture }) => [architecture],
    library: ({ library }) => [library],
    // Tags with a colon are not kept for searching.
    tag: ({ tags = [] }) => tags.filter((tag) => !tag.includes(':')),
  };
  const ranked = new Map<Key, readonly string[]>();
  return (key) => {
    const known = ranked.get(key);
    if (known !== undefined) return known;
    const read = values[key];
    const found = read === undefined ? [] : byFrequency(models.flatMap(read));
    ranked.set(key, found);
    return found;
  };
}

function byFrequency(values: readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value !== undefined && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
}
