import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import { partialBytes } from './file/fileDownload.ts';
import { partialPaths } from './file/partialPaths.ts';
import { foundAt } from './foundFile.ts';
import type { PlannedFile } from './model.ts';
import type { Identities } from './reuse.ts';
import { refuseLinks } from './safePath.ts';
import type { QueuedDownload } from './storedDownload.ts';

type Placed = Pick<QueuedDownload, 'plan' | 'placement'>;

/** One file of a download, and how far it is. */
export interface Part {
  readonly file: PlannedFile;
  /** Where it will be. */
  readonly path: string;
  /** Where it waits for the others when it is verified. */
  readonly verified: string;
  /** Bytes that are there. */
  bytes: number;
  /** It was found at `path`, and not brought to `verified`. */
  isInPlace: boolean;
}

/** The files of a download in their order. @throws DownloadError `folder` */
export async function partsOf({ plan, placement }: Placed): Promise<readonly Part[]> {
  return await Promise.all(
    plan.files.map(async (file, index) => {
      const path = placement.paths[index] ?? '';
      const { verified } = partialPaths(path);
      const isVerified = (await sizeOf(verified)) === file.size;
      const bytes = isVerified ? file.size : await fetchedBytes(file, path);
      return { file, path, verified, bytes, isInPlace: false };
    }),
  );
}

/** Bytes of a file that were fetched and not yet verified. */
export async function fetchedBytes({ size }: PlannedFile, path: string): Promise<number> {
  return Math.min(size, await partialBytes(path));
}

/**
 * Bytes that a download would fetch, as far as that can be said without reading a file: what is in
 * its place or may be on this machine does not count.
 * @throws DownloadError `folder`
 */
export async function bytesToFetch(
  download: Placed,
  { identities, logger }: { readonly identities: Identities; readonly logger: Logger },
): Promise<number> {
  let bytes = 0;
  for (const { file, path, bytes: there } of await partsOf(download)) {
    const { digest, size } = file;
    if ((await sizeOf(path)) === size) continue;
    try {
      const isHere =
        digest.algorithm === 'sha256' && (await identities.findLocal(digest.hex, size)).length > 0;
      if (isHere) continue;
    } catch (error) {
      logger.debug(`${path}: ${describeError(error)}`);
    }
    bytes += size - there;
  }
  return bytes;
}

/** @throws DownloadError `folder` if a link leads out of the folder of a download */
export async function refuseStrayLinks({
  placement,
}: Pick<QueuedDownload, 'placement'>): Promise<void> {
  const { root, paths } = placement;
  await refuseLinks(
    root,
    paths.flatMap((path) => [path, ...Object.values<string>({ ...partialPaths(path) })]),
  );
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await foundAt(path))?.size;
}
