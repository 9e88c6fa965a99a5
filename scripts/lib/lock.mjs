import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const POLL_MS = 150;
/** No holder needs as long; it covers a process number that was given to another process. */
const STALE_MS = 15 * 60_000;

/**
 * Runs `work` while this process alone holds the lock file. A lock whose process is gone is taken
 * over, so that a killed run never blocks the next one.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {(() => void) | undefined} [onWait] called once if another process holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait) {
  await mkdir(path.dirname(file), { recursive: true });
  const mine = uniqueName(file);
  await writeFile(mine, String(process.pid));
  let waited = false;
  try {
    // A hard link appears with its content or not at all, so no reader sees a lock without owner.
    while (!(await tryLink(mine, file))) {
      if (!waited) onWait?.();
      waited = true;
      await removeStale(file);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryLink(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    return error.code === 'EEXIST' ? false : tryCopy(from, to);
  }
}

/** For file systems without hard links. */
async function tryCopy(from, to) {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(file) {
  const owner = await readOwner(file);
  if (owner === undefined || (isAlive(owner.pid) && owner.ageMs < STALE_MS)) return;
  const aside = uniqueName(file);
  try {
    await rename(file, aside);
  } catch {
    return; // another process was faster
  }
  // Between the read and the rename another process may have taken the lock over: give it back.
  const moved = await readOwner(aside);
  if (moved !== undefined && moved.pid !== owner.pid) await tryLink(aside, file);
  await rm(aside, { force: true });
}

async function readOwner(file) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { pid: Number(text), ageMs: Date.now() - mtimeMs };
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

let names = 0;
const uniqueName = (file) => `${file}.${process.pid}-${Date.now().toString(36)}-${++names}`;
