import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { SourceKey } from '../model.ts';
import { connect, COORDINATION_FILE, namingDiskTrouble } from './database.ts';

/** What a source cost on one day, in all windows. */
export interface SourceTraffic {
  /** See localDay. */
  readonly day: string;
  readonly source: SourceKey;
  /** How often it was asked. */
  readonly runs: number;
  readonly failures: number;
  /** Bytes. */
  readonly received: number;
  /** Bytes: see SourceReport.wholeBytes. */
  readonly whole: number;
}

/** What sources cost, of each day that is kept, the oldest first. */
export function sourceTraffic(database: Pick<DatabaseSync, 'prepare'>): SourceTraffic[] {
  const rows = database.prepare('SELECT * FROM source_traffic ORDER BY day, source').all();
  return rows.map((row) => ({
    day: String(row['day']),
    source: String(row['source']),
    runs: Number(row['runs']),
    failures: Number(row['failures']),
    received: Number(row['received']),
    whole: Number(row['whole']),
  }));
}

/**
 * The same for whoever does not write, a few rows at once; nothing where no window has ever synced.
 * @param folder of the catalogue
 * @throws Error if the file cannot be read now
 */
export function readSourceTraffic(folder: string): SourceTraffic[] {
  const file = join(folder, COORDINATION_FILE);
  if (!existsSync(file)) return [];
  return namingDiskTrouble(() => {
    const database = connect(file, { readOnly: true });
    try {
      return sourceTraffic(database);
    } finally {
      database.close();
    }
  });
}
