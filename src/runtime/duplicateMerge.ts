import { randomUUID } from 'node:crypto';
import { access, constants, link, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { t } from '@vscode/l10n';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { Copy, CopyName, DuplicateGroup } from './duplicates.ts';
import { freedBy, namesToReplace } from './duplicates.ts';
import { RuntimeError } from './errors.ts';

/** Beside a file, until it takes its place. */
const LINK = '.model-hub-link-';

export interface MergeOptions {
  /** What a file is, by its bytes as they are now: what is remembered may be out of date. */
  readonly prove: (path: string, signal: AbortSignal) => Promise<string>;
  /** A file has taken over the bytes, and so the time, of another. */
  readonly onDidLink: (path: string, size: number, modifiedAt: number, sha256: string) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Makes names of the same bytes on the same disk names of one file. A name is replaced in one step,
 * so that it is there at any moment; what cannot be replaced stays as it is.
 * @returns bytes that are free now
 * @throws RuntimeError `cancelled`; `disk` if nothing at all could be merged
 */
export async function mergeDuplicates(
  groups: readonly DuplicateGroup[],
  options: MergeOptions,
): Promise<{ readonly freedBytes: number }> {
  const replaced = new Map<Copy, number>();
  let failure: unknown;
  for (const group of groups) {
    for (const { name, copy } of namesToReplace(group)) {
      try {
        await replace(name, group, options);
        replaced.set(copy, (replaced.get(copy) ?? 0) + 1);
      } catch (error) {
        if (options.signal.aborted) throw RuntimeError.from(error);
        failure = error;
        options.logger.warn(`${name.file.path} stays a file of its own: ${describeError(error)}`);
      }
    }
  }
  if (replaced.size === 0 && failure !== undefined) {
    throw new RuntimeError(
      'disk',
      t(
        'No duplicates could be merged ({0}). Check the rights to the files.',
        describeError(failure),
      ),
      { cause: failure },
    );
  }
  const freed = [...replaced].map(([copy, count]) => freedBy(copy, count));
  return { freedBytes: freed.reduce((sum, bytes) => sum + bytes, 0) };
}

async function replace(
  { file: { path } }: CopyName,
  { sha256, copies }: DuplicateGroup,
  { prove, onDidLink, signal }: MergeOptions,
): Promise<void> {
  const [kept] = copies;
  const original = await realpath(kept.names[0]?.file.path ?? '');
  for (const one of [original, path]) {
    if ((await prove(one, signal)) !== sha256)
      throw new Error(t('{0} has other bytes by now', one));
  }
  await access(path, constants.W_OK);
  const made = `${path}${LINK}${randomUUID()}`;
  await access(dirname(path), constants.W_OK);
  try {
    await link(original, made);
    await rename(made, path);
  } finally {
    await rm(made, { force: true });
  }
  const { size, mtimeMs } = await stat(path);
  onDidLink(path, size, mtimeMs, sha256);
}
