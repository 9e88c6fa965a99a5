import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { onEnd } from './processes.ts';

/** One hash over the names and contents of files; folders are read with everything below them. */
export async function hashFiles(paths: readonly string[], salt = ''): Promise<string> {
  const hash = createHash('sha256').update(salt);
  for (const file of await listFiles(paths)) {
    hash.update(`\0${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** The files among `paths` and below the folders among them, sorted; what is not there is left out. */
export async function listFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of paths.filter((name) => existsSync(name))) {
    if (!(await stat(entry)).isDirectory()) found.push(entry);
    else {
      const below = await readdir(entry, { recursive: true, withFileTypes: true });
      found.push(
        ...below
          .filter((file) => file.isFile())
          .map((file) => path.join(file.parentPath, file.name)),
      );
    }
  }
  return found.sort();
}

/** A new folder for one run, and how to remove it; the end of the program does in any case. */
export async function temporaryFolder(
  name: string,
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `model-hub-${name}-`));
  // A process that is just ending may still write there, hence the retries.
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  onEnd(remove);
  return { folder, remove };
}
