import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import { partialBytes } from './file/fileDownload.ts';
import { partialPaths } from './file/partialPaths.ts';
import { foundAt } from './foundFile.ts';
import type { PlannedFile } from './model.ts';
import type { Identities } from './reuse.ts';
import { refuseLinks } from './safePath.ts';
import type { QueuedDownload } from './storedDownload.ts';

/** A plan, and where its files go. */
export type PlacedPlan = Pick<QueuedDownload, 'plan' | 'placement'>;

export interface PartServices {
  readonly identities: Identities;
  readonly logger: Logger;
}

/** One file of a download, and how far it is. */
export interface Part {
  readonly file: PlannedFile;
  /** Where it will be. */
  readonly path: string;
  /** Where it waits for the others when it is verified. */
  readonly verified: string;
  /** Bytes that are there. */
  bytes: number;
  /** Of these, what a team's cache brought in this run. */
  cached: number;
  /** It was found at `path`, and not brought to `verified`. */
  isInPlace: boolean;
}

/** The files of a download in their order. @throws DownloadError `folder` */
export async function partsOf({ plan, placement }: PlacedPlan): Promise<readonly Part[]> {
  return await Promise.all(
    plan.files.map(async (file, index) => {
      const path = placement.paths[index] ?? '';
      const { verified } = partialPaths(path);
      const isVerified = (await sizeOf(verified)) === file.size;
      const bytes = isVerified ? file.size : await fetchedBytes(file, path);
      return { file, path, verified, bytes, cached: 0, isInPlace: false };
    }),
  );
}

/** Bytes of a file that were fetched and not yet verified. */
export async function fetchedBytes({ size }: PlannedFile, path: string): Promise<number> {
  return Math.min(size, await partialBytes(path));
}

/**
 * Parts of which a download would fetch something, as far as that can be said without reading a
 * file: what is in its place or may be on this machine does not count.
 * @throws DownloadError `folder`
 */
export async function missingParts(
  download: PlacedPlan,
  { identities, logger }: PartServices,
): Promise<readonly Part[]> {
  const missing: Part[] = [];
  for (const part of await partsOf(download)) {
    const { digest, size } = part.file;
    const places = [part.path];
    try {
      if (digest.algorithm === 'sha256') {
        places.push(...(await identities.findLocal(digest.hex, size)));
      }
    } catch (error) {
      logger.debug(`${part.path}: ${describeError(error)}`);
    }
    const isThere = await Promise.all(places.map((path) => mayBeAt(path, part.file, identities)));
    if (!isThere.includes(true)) missing.push(part);
  }
  return missing;
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

/** Whether a file has the bytes of another, as far as its size and what is remembered of it tell. */
async function mayBeAt(
  path: string,
  { size, digest }: PlannedFile,
  identities: Identities,
): Promise<boolean> {
  const found = await foundAt(path);
  if (found?.size !== size) return false;
  const sha256 = identities.sha256Of(path, size, Math.trunc(found.mtimeMs));
  return sha256 === undefined || digest.algorithm !== 'sha256' || sha256 === digest.hex;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await foundAt(path))?.size;
}
