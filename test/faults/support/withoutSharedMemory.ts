import { pathToFileURL } from 'node:url';

/**
 * Makes every database of this process live as on a network file system: SQLite's own dot-file
 * locking has no shared memory, so that there can be no write-ahead log
 * (https://sqlite.org/vfs.html#standard_unix_vfses).
 */
export function withoutSharedMemory(): void {
  const sqlite = process.getBuiltinModule('node:sqlite');
  const { DatabaseSync } = sqlite;
  sqlite.DatabaseSync = class extends DatabaseSync {
    constructor(...[path, options]: ConstructorParameters<typeof DatabaseSync>) {
      const url = path instanceof URL ? new URL(path) : pathToFileURL(String(path));
      url.searchParams.set('vfs', 'unix-dotfile');
      super(url, options);
    }
  };
}
