import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HashFileOptions } from '../../../src/download/file/hasher.ts';
import type { FileHasher } from '../../../src/runtime/identityHasher.ts';
import type {
  LocalFile,
  Runtime,
  RuntimeActions,
  RuntimeEntry,
  RuntimeKind,
  RuntimeListing,
} from '../../../src/runtime/runtime.ts';
import { SyncError } from '../../../src/sync/errors.ts';

/** A runtime that has what a test says. */
export class FakeRuntime implements Runtime {
  readonly id: string;
  readonly kind: RuntimeKind;
  actions: RuntimeActions = {};
  /** Undefined: it is not on this machine. */
  listing: RuntimeListing | undefined;
  /** What asking it ends with instead. */
  failure: Error | undefined;
  /** Until then it does not answer. */
  gate: Promise<unknown> = Promise.resolve();
  asked = 0;
  readonly #watchers = new Set<() => void>();

  constructor(kind: RuntimeKind, entries: readonly RuntimeEntry[] = [], id: string = kind) {
    this.id = id;
    this.kind = kind;
    this.listing = { name: id, entries };
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  async list(): Promise<RuntimeListing | undefined> {
    this.asked++;
    const { listing, failure } = this;
    await this.gate;
    if (failure !== undefined) throw failure;
    return listing;
  }

  watch(onDidChange: () => void): { dispose(): void } {
    this.#watchers.add(onDidChange);
    return { dispose: () => this.#watchers.delete(onDidChange) };
  }

  /** Has other entries from now on, and says so. */
  set(entries: readonly RuntimeEntry[]): void {
    this.listing = { name: this.id, entries };
    this.change();
  }

  change(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** Hashes as asked, on the spot; a test can hold it up. */
export class FakeHasher implements FileHasher {
  /** Paths in the order in which they were hashed, aborted ones included. */
  readonly hashed: string[] = [];
  readonly aborted: string[] = [];
  gate: Promise<unknown> = Promise.resolve();

  async hashFile(path: string, { signal, onProgress }: HashFileOptions): Promise<string> {
    this.hashed.push(path);
    if (signal.aborted) throw new SyncError('cancelled', 'Given up.');
    const left = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new SyncError('cancelled', 'Given up.')));
    });
    try {
      await Promise.race([this.gate, left]);
    } catch (error) {
      this.aborted.push(path);
      throw error;
    }
    onProgress?.(statSync(path).size);
    return sha256(readFileSync(path));
  }
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Writes a file of weights and tells of it as a runtime would. */
export function writeWeights(
  path: string,
  content: string,
  more: Partial<LocalFile> = {},
): LocalFile {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return localFile(path, more);
}

/** What a runtime tells of a file that is there. */
export function localFile(path: string, more: Partial<LocalFile> = {}): LocalFile {
  const { size, mtimeMs, dev, ino } = statSync(path);
  const inode = `${dev}:${ino}`;
  return { path, size, modifiedAt: Math.trunc(mtimeMs), inode, role: 'weights', ...more };
}

export function installedEntry(
  id: string,
  files: readonly LocalFile[],
  more: Partial<RuntimeEntry> = {},
): RuntimeEntry {
  return { id, name: id, files, origin: {}, ...more };
}
