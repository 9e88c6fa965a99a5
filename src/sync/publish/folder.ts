import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SyncError } from '../errors.ts';

/** Files that are being written; what is left of them is worth nothing. */
export const UNFINISHED = '.unfinished';
const LOCK_FILE = '.publishing';

/** The folder of a published catalogue: each file is there as a whole or not at all. */
export interface PublishFolder {
  names(): string[];
  /** Undefined if there is no such file. */
  read(name: string): Buffer | undefined;
  write(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
}

/**
 * Does something with a folder, made if it is not there, while nobody else publishes to it.
 * @throws SyncError `conflict` if somebody does
 */
export async function withFolder<T>(
  path: string,
  work: (folder: PublishFolder) => Promise<T>,
): Promise<T> {
  mkdirSync(path, { recursive: true });
  // A lock of SQLite is the system's: it ends with its process, however that ends.
  const lock = new DatabaseSync(join(path, LOCK_FILE), { timeout: 0 });
  try {
    takeLock(lock, path);
    return await work(new DiskFolder(path));
  } finally {
    lock.close();
  }
}

function takeLock(lock: DatabaseSync, path: string): void {
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    throw new SyncError(
      'conflict',
      `Somebody else is publishing to ${path}, or it cannot be written. ` +
        'Check that, and publish again.',
      { cause },
    );
  }
}

class DiskFolder implements PublishFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  names(): string[] {
    return readdirSync(this.#path);
  }

  read(name: string): Buffer | undefined {
    try {
      return readFileSync(join(this.#path, name));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  write(name: string, bytes: Uint8Array): void {
    const path = join(this.#path, name);
    const unfinished = path + UNFINISHED;
    const file = openSync(unfinished, 'w', 0o644);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      // The name must not reach the disk before the bytes.
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  }

  remove(name: string): void {
    rmSync(join(this.#path, name), { force: true });
  }
}
