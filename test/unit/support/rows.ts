import { contentFingerprint } from '../../../src/sync/fingerprint.ts';
import type {
  ChangeSet,
  Counters,
  ModelFile,
  ModelRecord,
  Size,
  SourceKey,
  SourceRow,
} from '../../../src/sync/model.ts';

export const unknown: Size = { sureness: 'unknown' };
export const exact = (bytes: number): Size => ({ sureness: 'exact', bytes });
export const estimated = (bytes: number): Size => ({ sureness: 'estimated', bytes });

export function file(path: string, size: Size = unknown): ModelFile {
  return { path, size };
}

/** A row whose content is its record. */
export function row(record: ModelRecord, counters: Counters = {}): SourceRow {
  const content = JSON.stringify(record);
  return { record, counters, content, fingerprint: contentFingerprint(content) };
}

export function changeSet(source: SourceKey, changes: Partial<ChangeSet> = {}): ChangeSet {
  return { source, added: [], updated: [], removed: [], counters: new Map(), ...changes };
}
