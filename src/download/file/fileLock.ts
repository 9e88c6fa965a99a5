import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { hasEnded, newOwner } from '../../sync/cache/owner.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { DownloadError } from '../errors.ts';
import { diskError, isMissing } from './diskErrors.ts';

const REFRESH = 30_000;
/** A lock that was not refreshed for so long, in ms, belongs to nobody who runs. */
const STALE = 5 * 60_000;
/** One without a name for so long, in ms, was made by a process that ended before it could sign. */
const UNSIGNED = 2_000;

/** A file that keeps other processes away while this one is at work. */
export class FileLock {
  readonly #path: string;
  readonly #owner: string;
  readonly #clock: Clock;
  readonly #onLost: (error: DownloadError) => void;
  #timer: Disposable | undefined;
  #isReleased = false;

  private constructor(
    path: string,
    owner: string,
    clock: Clock,
    onLost: (error: DownloadError) => void,
  ) {
    this.#path = path;
    this.#owner = owner;
    this.#clock = clock;
    this.#onLost = onLost;
    this.#refreshLater();
  }

  /**
   * Takes the lock, also that of a process which has ended.
   * @param onLost called if another process took it over, as it may after a long sleep
   * @param openFile as `open` of node:fs/promises
   * @throws DownloadError `conflict` if another process has it; `noSpace`, `folder`
   */
  static async take(
    path: string,
    clock: Clock,
    onLost: (error: DownloadError) => void,
    openFile: typeof open = open,
  ): Promise<FileLock> {
    const owner = newOwner();
    const make = (at: string, by: string): Promise<boolean> => isMade(at, by, openFile);
    const isTaken =
      (await make(path, owner)) ||
      ((await isFreed(path, clock, make)) && (await make(path, owner)));
    if (!isTaken) throw taken(path);
    return new FileLock(path, owner, clock, onLost);
  }

  /** Lets others have it. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#timer?.dispose();
    if ((await ownerOf(this.#path)) === this.#owner) await rm(this.#path, { force: true });
  }

  #refreshLater(): void {
    this.#timer = this.#clock.after(REFRESH, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    try {
      if ((await ownerOf(this.#path)) !== this.#owner) throw taken(this.#path);
      const now = new Date(this.#clock.now());
      await utimes(this.#path, now, now);
      if (!this.#isReleased) this.#refreshLater();
    } catch (error) {
      // What was let go meanwhile is no loss.
      if (!this.#isReleased) this.#onLost(diskError(error, this.#path));
    }
  }
}

/** @returns false if it is there already */
async function isMade(path: string, owner: string, openFile: typeof open): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await openFile(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw diskError(error, path);
  }
  try {
    await file.writeFile(owner).finally(() => file.close());
    // Whoever is held up for long before it signs may have lost the file.
    return (await ownerOf(path)) === owner;
  } catch (error) {
    // A lock with nobody's name would hold until it is stale.
    await rm(path, { force: true });
    throw diskError(error, path);
  }
}

/**
 * Removes the lock of somebody who has ended. Who does that has to have made a file for just this
 * lock before, so that nobody removes what another one has put in its place meanwhile.
 * @returns false if the lock is held, or another one sees to it
 */
async function isFreed(
  path: string,
  clock: Clock,
  make: (path: string, owner: string) => Promise<boolean>,
): Promise<boolean> {
  const owner = await ownerOf(path);
  if (owner === undefined) return true;
  const isSigned = owner !== '';
  const isGone = isSigned && hasEnded(owner);
  if (!isGone && !(await isSilent(path, clock, isSigned ? STALE : UNSIGNED))) return false;
  const claim = `${path}.${createHash('sha1').update(owner).digest('hex').slice(0, 12)}`;
  const isOurs = await make(claim, newOwner());
  if (!isOurs && !(await isSilent(claim, clock, STALE))) return false;
  try {
    if (!isOurs || (await ownerOf(path)) !== owner) return false;
    await rm(path, { force: true });
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Whether nobody has touched a file for more than so many ms. */
async function isSilent(path: string, clock: Clock, ms: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    return clock.now() - mtimeMs > ms;
  } catch (error) {
    if (isMissing(error)) return false;
    throw diskError(error, path);
  }
}

async function ownerOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
}

function taken(path: string): DownloadError {
  return new DownloadError(
    'conflict',
    t(
      'Another window or program downloads this file already ({0}). It is tried again when that one has ended.',
      path,
    ),
  );
}
