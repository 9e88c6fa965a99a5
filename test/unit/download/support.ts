import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Digest, DownloadPlan, PlannedFile } from '../../../src/download/model.ts';
import type { HashFileOptions } from '../../../src/download/file/hasher.ts';
import type { Identities } from '../../../src/download/reuse.ts';
import { cancelled } from '../../../src/sync/errors.ts';

export const MODEL = 'janhq/Jan-v1-4B-GGUF';
export const REVISION = 'c'.repeat(40);

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Bytes that are other bytes for each seed. */
export function bytesOf(seed: number | string, size: number): Buffer {
  const block = createHash('sha512').update(String(seed)).digest();
  return Buffer.alloc(size, block);
}

/** A file of a plan that has certain bytes. */
export function planned(
  path: string,
  bytes: Uint8Array,
  algorithm: Digest['algorithm'] = 'sha256',
  role: PlannedFile['role'] = 'weights',
): PlannedFile {
  const hex = algorithm === 'sha256' ? sha256(bytes) : gitBlob(bytes);
  return { path, size: bytes.length, digest: { algorithm, hex }, role };
}

export function planOf(
  files: readonly PlannedFile[],
  other: Partial<DownloadPlan> = {},
): DownloadPlan {
  const size = files.reduce((sum, one) => sum + one.size, 0);
  return { model: MODEL, revision: REVISION, variant: 'm-Q4_0', files, size, ...other };
}

/** Hashes in this thread, and keeps what it has hashed. */
export class SimpleHasher {
  readonly hashed: string[] = [];

  hashFile(path: string, { algorithm = 'sha256', signal }: HashFileOptions): Promise<string> {
    if (signal.aborted) return Promise.reject(cancelled());
    this.hashed.push(path);
    const bytes = readFileSync(path);
    return Promise.resolve(algorithm === 'sha256' ? sha256(bytes) : gitBlob(bytes));
  }
}

/** Remembers in memory. */
export class MemoryIdentities implements Identities {
  /** Where files are said to be, by their sha256. */
  readonly local = new Map<string, string[]>();
  readonly #known = new Map<string, string>();

  sha256Of(path: string, size: number, modifiedAt: number): string | undefined {
    return this.#known.get(JSON.stringify([path, size, modifiedAt]));
  }

  remember(path: string, size: number, modifiedAt: number, hash: string): void {
    this.#known.set(JSON.stringify([path, size, modifiedAt]), hash);
  }

  findLocal(hash: string): Promise<readonly string[]> {
    return Promise.resolve(this.local.get(hash) ?? []);
  }
}
