import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What is left of a file that was being written is worth nothing. */
export const UNFINISHED = '.unfinished';

/** Writes a small file so that it is there as a whole or not at all, whatever happens meanwhile. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const unfinished = path + UNFINISHED;
  try {
    await rm(unfinished, { force: true });
    // Not through a link that somebody has put there.
    const file = await open(unfinished, 'wx', 0o644);
    try {
      await file.writeFile(text);
      // The name must not reach the disk before the bytes.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes the names in a folder last. Windows does that by itself and opens no folder. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(code)) throw error;
  }
}
