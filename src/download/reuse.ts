import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { copyFile, link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cancelled, describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import { syncFolder } from './atomicFile.ts';
import { diskError } from './file/diskErrors.ts';
import type { Hasher } from './file/hasher.ts';
import { foundAt } from './foundFile.ts';
import type { PlannedFile } from './model.ts';

const PIECE = 4 * 1024 * 1024;
/** Beside what is brought here. */
const COPY = '.copy';

/** What is remembered of the bytes of files, by path, size and time of modification. */
export interface Identities {
  /** The proven sha256, if the file is still the one that was hashed; times in whole ms. */
  sha256Of(path: string, size: number, modifiedAt: number): string | undefined;
  remember(path: string, size: number, modifiedAt: number, sha256: string): void;
  /** Files on this machine that have, or are said to have, these bytes. */
  findLocal(sha256: string, size: number): Promise<readonly string[]>;
}

export interface ReuseOptions {
  readonly identities: Identities;
  readonly hasher: Pick<Hasher, 'hashFile'>;
  /** Absent: `shareFile`; for tests of disks that share nothing. */
  readonly share?: (source: string, copy: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** One file that may be here already. */
export interface Wanted {
  readonly file: PlannedFile;
  /** Where it is to be; its folder exists. */
  readonly target: string;
  /** Bytes that were read or copied so far. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Finds bytes that are on this machine already, so that nothing is fetched twice. */
export class Reuse {
  readonly #options: ReuseOptions;

  constructor(options: ReuseOptions) {
    this.#options = options;
  }

  /**
   * When the file that is at the target was last modified, in whole ms since 1970; undefined if it
   * is not the one that is wanted. Its bytes prove that, or did when it was as it is now.
   * @throws DownloadError `folder`; SyncError `cancelled`
   */
  async provenTime(wanted: Wanted): Promise<number | undefined> {
    const { target } = wanted;
    const found = await fileAt(target);
    if (found === undefined || !(await this.#isProven(target, found, wanted))) return undefined;
    return Math.trunc(found.mtimeMs);
  }

  /**
   * Puts the bytes of another file on this machine in place: shared by the file system where it can
   * do that, else as a second name of the same file, else copied. What becomes of a copy is proven
   * before it gets its name.
   * @returns false if there is none that has these bytes
   * @throws DownloadError `noSpace` or `folder`; SyncError `cancelled`
   */
  async bringHere(wanted: Wanted): Promise<boolean> {
    const { file, target } = wanted;
    const { digest, size } = file;
    if (digest.algorithm !== 'sha256') return false;
    const { identities, logger } = this.#options;
    for (const candidate of await identities.findLocal(digest.hex, size)) {
      if (candidate === target) continue;
      try {
        if (await this.#bring(candidate, wanted)) return true;
      } catch (error) {
        if (wanted.signal.aborted) throw cancelled(error);
        const failure = diskError(error, dirname(target));
        if (failure.kind === 'noSpace') throw failure;
        logger.info(`${candidate} could not be used again: ${describeError(error)}`);
      }
    }
    return false;
  }

  /** Notes that the file at the target was verified just now. */
  async noteVerified({ file, target }: Pick<Wanted, 'file' | 'target'>): Promise<void> {
    if (file.digest.algorithm !== 'sha256') return;
    const { size, mtimeMs } = await stat(target);
    this.#options.identities.remember(target, size, Math.trunc(mtimeMs), file.digest.hex);
  }

  async #bring(candidate: string, wanted: Wanted): Promise<boolean> {
    const { target, signal } = wanted;
    const { digest, size } = wanted.file;
    // A link would end with what it leads to.
    const source = await realpath(candidate);
    const found = await fileAt(source);
    if (found?.size !== size) return false;
    const known = this.#known(source, found);
    // It is said to have these bytes, and was looked at since.
    if (known !== undefined && known !== digest.hex) return false;
    const copy = target + COPY;
    try {
      await rm(copy, { force: true });
      const { share = shareFile } = this.#options;
      const isShared = await share(source, copy);
      if (!isShared) await copyBytes(source, copy, wanted);
      const made = await stat(copy);
      const isKnown = isShared && known === digest.hex;
      if (!isKnown && !(await this.#isProven(copy, made, wanted))) return false;
      if (signal.aborted) throw cancelled();
      await rename(copy, target);
      await syncFolder(dirname(target));
      await this.noteVerified(wanted);
      return true;
    } finally {
      await rm(copy, { force: true });
    }
  }

  async #isProven(path: string, found: Stats, wanted: Wanted): Promise<boolean> {
    const { file, onProgress, signal } = wanted;
    const { algorithm, hex } = file.digest;
    const { size } = found;
    if (size !== file.size) return false;
    const known = algorithm === 'sha256' ? this.#known(path, found) : undefined;
    if (known !== undefined) return known === hex;
    const { hasher, identities } = this.#options;
    const hash = await hasher.hashFile(path, { algorithm, signal, onProgress });
    if (algorithm === 'sha256' && path === wanted.target) {
      identities.remember(path, size, Math.trunc(found.mtimeMs), hash);
    }
    return hash === hex;
  }

  #known(path: string, { size, mtimeMs }: Stats): string | undefined {
    return this.#options.identities.sha256Of(path, size, Math.trunc(mtimeMs));
  }
}

/** Removes what a copy that was broken off has left beside a target. */
export async function discardCopy(target: string): Promise<void> {
  await rm(target + COPY, { force: true });
}

async function fileAt(path: string): Promise<Stats | undefined> {
  const found = await foundAt(path);
  return found?.isFile() === true ? found : undefined;
}

/** Gives a file a second owner without copying its bytes; false where the disk cannot do that. */
async function shareFile(source: string, copy: string): Promise<boolean> {
  try {
    await copyFile(source, copy, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Most file systems know no clones, and a failed one may have left an empty file.
    await rm(copy, { force: true });
  }
  try {
    await link(source, copy);
    return true;
  } catch {
    return false;
  }
}

async function copyBytes(source: string, copy: string, wanted: Wanted): Promise<void> {
  const from = await open(source, 'r');
  try {
    const to = await open(copy, 'wx', 0o644);
    try {
      await pump(from, to, wanted);
      await to.sync();
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function pump(from: FileHandle, to: FileHandle, wanted: Wanted): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, wanted.file.size)));
  for (let at = 0; at < wanted.file.size;) {
    if (wanted.signal.aborted) throw cancelled();
    const { bytesRead } = await from.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    await to.writeFile(buffer.subarray(0, bytesRead));
    at += bytesRead;
    wanted.onProgress(at);
  }
}
