import type { ModelId } from '../model.ts';
import type { AuthorList } from './authorList.ts';
import type { AuthorRecords } from './authorRecords.ts';
import type { SeenRows } from './seenRows.ts';
import type { Question } from './source.ts';

/** Models that a probe looks up one by one because they are missing where they should stand. */
export const MOST_LOOKED_UP = 8;

/**
 * The known models that should stand in the pages read from the top, and do not: they changed after
 * the last row there. One that changed at the very same time may stand on the next page.
 * @param atEnd the pages are all there are
 */
export function absentFrom(seen: SeenRows, atEnd: boolean, question: Question): ModelId[] {
  // An entry without a name may be any of them.
  if (!seen.whole) return [];
  const since = atEnd ? -Infinity : seen.oldest;
  if (since === undefined) return [];
  return [...question.manifest.keys()].filter(
    (id) => !seen.manifest.has(id) && (atEnd || (question.times.get(id) ?? -Infinity) > since),
  );
}

/**
 * Looks absent models up, once each. One that is still there, because it went back to an earlier
 * commit or goes by another name now, is added to what was seen.
 * @returns those that are gone for certain
 */
export async function confirmAbsent(
  absent: readonly ModelId[],
  seen: SeenRows,
  records: AuthorRecords,
  list: AuthorList,
): Promise<ModelId[]> {
  const gone: ModelId[] = [];
  for (const id of absent) {
    const found = await records.lookUp(id);
    const isThere = found.kind === 'found' && list.owns(found.model.id);
    if (isThere) seen.add(found.model);
    if (found.kind !== 'unreadable' && !(isThere && found.model.id === id)) gone.push(id);
  }
  return gone;
}
