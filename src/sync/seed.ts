import { readFileSync } from 'node:fs';
import { SEED_FINGERPRINT } from './fingerprint.ts';
import type { ModelRecord, SourceKey, SourceRow } from './model.ts';

/**
 * The rows that a source starts with, from the list that comes with the extension: of an author
 * their own models, of Jan's catalogue all. The first answer of the source replaces them.
 * @throws if the file cannot be read
 */
export function seedRows(file: string): (source: SourceKey) => SourceRow[] {
  const records = JSON.parse(readFileSync(file, 'utf8')) as readonly ModelRecord[];
  return (source) => records.filter(({ id }) => belongsTo(source, id)).map(seedRow);
}

function belongsTo(source: SourceKey, id: string): boolean {
  if (source.startsWith('hf:')) return id.startsWith(`${source.slice('hf:'.length)}/`);
  return source.startsWith('jan:');
}

function seedRow(record: ModelRecord): SourceRow {
  return { record, fingerprint: SEED_FINGERPRINT, counters: {}, content: '{}' };
}
