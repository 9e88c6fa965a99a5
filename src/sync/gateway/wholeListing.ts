import type { Manifest } from '../fingerprint.ts';
import type { ModelId, SourceRow, Validators } from '../model.ts';
import { keepKnown } from './entries.ts';
import type { Listing } from './source.ts';

/**
 * The listing of a source that sends everything in one answer.
 * @param rows what could be read; of two rows with one id the last counts
 * @param idOf the id of an unreadable entry, if at least that can be read
 */
export function wholeListing(
  rows: readonly SourceRow[],
  unreadable: readonly unknown[],
  known: Manifest,
  idOf: (raw: unknown) => ModelId | undefined,
  validators: Validators,
): Listing {
  const byId = new Map(rows.map((row) => [row.record.id, row]));
  const manifest = new Map([...byId].map(([id, row]) => [id, row.fingerprint]));
  return {
    complete: keepKnown(manifest, unreadable, known, idOf),
    manifest,
    dropped: unreadable.length,
    validators,
    counters: new Map([...byId].map(([id, row]) => [id, row.counters])),
    counted: true,
    load: (ids) =>
      Promise.resolve({
        rows: ids.map((id) => byId.get(id)).filter((row) => row !== undefined),
        dropped: 0,
      }),
  };
}
