import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'upgrade');

/** The versions of the catalogue of which there is what their own code wrote. */
export const VERSIONS = readdirSync(FIXTURES)
  .map(Number)
  .sort((a, b) => a - b);

export const LATEST = VERSIONS.at(-1) ?? 0;

/** Lays the storage folder as a version left it. */
export function layStorage(version: number, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const from = join(FIXTURES, String(version));
  for (const name of readdirSync(from).filter((file) => file.endsWith('.db.gz'))) {
    writeFileSync(join(folder, name.slice(0, -3)), gunzipSync(readFileSync(join(from, name))));
  }
}

/** Whether a version kept such a file. */
export function wrote(version: number, name: string): boolean {
  return existsSync(join(FIXTURES, String(version), name));
}

/** The catalogue of a version in the form of `npm run sync -- --dump`. */
export function contentsOf(version: number): string {
  return gunzipSync(readFileSync(join(FIXTURES, String(version), 'contents.ndjson.gz'))).toString();
}

/** What a version kept in the editor's memory. */
export function stateOf(version: number): Record<string, unknown> {
  const file = join(FIXTURES, String(version), 'state.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

/** Makes a database look as if a version had written it that is newer than any known. */
export function makeNewer(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 1000');
  database.close();
}
