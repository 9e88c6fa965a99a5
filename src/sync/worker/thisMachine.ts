import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Machine } from '../gateway/cortexDiscovery.ts';

/** The machine that this program runs on, for this user. */
export const thisMachine: Machine = {
  platform: process.platform,
  home: homedir(),
  environment: process.env,
  async readText(path, maxBytes) {
    const found = await stat(path).catch(absent);
    if (found === undefined) return undefined;
    // Reading a pipe would wait for somebody to write into it.
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
    return await readFile(path, 'utf8');
  },
};

function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw new Error(`it cannot be read (${code})`, { cause: error });
}
