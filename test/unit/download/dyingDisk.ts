import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

export interface DyingDiskOptions {
  /** Counted from 1, and from the first change of a name among the kept files. */
  readonly diesBefore: number;
  /** What happens then; never ends. */
  readonly die: () => Promise<never>;
  /** Whether the disk knows second names for files. */
  readonly links: boolean;
}

/**
 * Everybody who changes names of files from now on does so on a disk that does no more at some
 * moment, which is all that a killed process leaves to be seen.
 * @returns puts things back
 */
export function useDyingDisk({ diesBefore, die, links }: DyingDiskOptions): () => void {
  let changes = 0;
  const dying =
    <Rest extends unknown[]>(change: (...rest: Rest) => Promise<void>) =>
    async (...rest: Rest): Promise<void> => {
      const isKept = rest.some((one) => String(one).includes('.model-hub-previous'));
      if ((isKept || changes > 0) && ++changes === diesBefore) await die();
      await change(...rest);
    };
  const { promises } = fs;
  const { rename, rm, link } = promises;
  const noLinks: typeof link = () =>
    Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }));
  promises.rename = dying(rename);
  promises.rm = dying(rm);
  promises.link = dying(links ? link : noLinks);
  syncBuiltinESMExports();
  return () => {
    Object.assign(promises, { rename, rm, link });
    syncBuiltinESMExports();
  };
}
