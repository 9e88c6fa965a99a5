import { statSync } from 'node:fs';
import { CatalogueWriter } from '../../src/sync/cache/catalogueWriter.ts';
import { openDatabase } from '../../src/sync/cache/database.ts';
import type { Logger } from '../../src/sync/logger.ts';
import type { ModelId, SourceKey, SourceRow } from '../../src/sync/model.ts';
import { generatedRow } from './searchRows.ts';

/** So many are written in one transaction, so that the rows of a million need not lie in memory. */
const BATCH = 20_000;

/** Says only what is wrong. */
export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

export interface CatalogueOptions {
  readonly folder: string;
  readonly models: number;
  /** When everything was synced, in ms since 1970. */
  readonly now: number;
  /** Which source has how many of the rows of a batch. */
  readonly sources: Readonly<Record<SourceKey, (rows: SourceRow[]) => SourceRow[]>>;
  /** Told of each batch. */
  readonly onRows?: (rows: readonly SourceRow[]) => void;
}

/** Writes a catalogue of generated models, as the engine does. @returns its file */
export function writeCatalogue(options: CatalogueOptions): {
  path: string;
  bytes: number;
  ms: number;
} {
  const { folder, models, now, sources, onRows } = options;
  const { database, path } = openDatabase(folder, now, silent);
  const writer = new CatalogueWriter(database);
  let ms = 0;
  for (let first = 0; first < models; first += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, models - first) }, (_, index) =>
      generatedRow(first + index),
    );
    onRows?.(rows);
    const started = performance.now();
    for (const [source, pick] of Object.entries(sources)) {
      applyChanges(writer, source, { added: pick(rows) }, now);
    }
    ms += performance.now() - started;
    writer.checkpoint();
  }
  database.close();
  return { path, bytes: statSync(path).size, ms };
}

/** Applies changes as a run of a source does. */
export function applyChanges(
  writer: CatalogueWriter,
  source: SourceKey,
  changes: { added?: SourceRow[]; updated?: SourceRow[]; removed?: ModelId[] },
  now: number,
): void {
  const changeSet = {
    ...{ source, added: [], updated: [], removed: [] },
    counters: new Map(),
    ...changes,
  };
  const outcome = { validators: {}, swept: true, counted: false, at: now, noteworthy: true };
  writer.apply({ ...outcome, changes: changeSet }, writer.shownEpoch(source));
}
