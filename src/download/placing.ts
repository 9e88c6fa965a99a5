import { t } from '@vscode/l10n';
import type { Clock } from '../sync/clock.ts';
import { cancelled } from '../sync/errors.ts';
import { DownloadError } from './errors.ts';
import { discardPartial } from './file/fileDownload.ts';
import { install } from './file/install.ts';
import { isThere } from './foundFile.ts';
import type { OldRevision } from './kept/oldRevision.ts';
import type { Part } from './parts.ts';
import type { Identities, Reuse } from './reuse.ts';
import type { Placement, InstallTarget } from './targets/target.ts';

export interface PlacingOptions {
  readonly placement: Placement;
  readonly target: InstallTarget;
  readonly reuse: Reuse;
  readonly identities: Identities;
  readonly clock: Clock;
  /** The installed revision, if it is to be kept. */
  readonly old?: OldRevision | undefined;
  /** Files that this download has put in place before. */
  readonly isOwn: (path: string) => boolean;
  /** A file will be put where there was none. */
  readonly onNew: (path: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Puts the files of a download in their places, one right after the other, so that what they
 * replace is replaced as a whole. What breaks off between two of them is completed by the next call.
 * @returns when each file was last modified as it was verified, in whole ms since 1970
 * @throws DownloadError `conflict` if a file was changed since it was verified, `folder`; SyncError
 *   `cancelled`: nothing was put anywhere
 */
export async function placeAll(
  parts: readonly Part[],
  options: PlacingOptions,
): Promise<readonly number[]> {
  await refuseForeign(parts, options);
  const times: number[] = [];
  for (const part of parts) times.push(await provenTime(part, options));
  await options.old?.keep();
  if (options.signal.aborted) throw cancelled();
  for (const [index, part] of parts.entries()) {
    if (!part.isInPlace) await place(part, times[index] ?? 0, options);
  }
  // What a process that was killed has left beside them.
  for (const { path } of parts) await discardPartial(path, options.clock);
  return times;
}

/**
 * Refuses to replace what somebody else has put in the place of a file.
 * @throws DownloadError `folder`
 */
export async function refuseForeign(
  parts: readonly Part[],
  { target, placement, isOwn }: Pick<PlacingOptions, 'target' | 'placement' | 'isOwn'>,
): Promise<void> {
  for (const { path, isInPlace } of parts) {
    if (isInPlace || isOwn(path) || !(await isThere(path))) continue;
    if (await target.mayReplace(path, placement)) continue;
    throw new DownloadError(
      'folder',
      t(
        '{0} is there already, with other bytes, and was not installed by Model Hub. Move it away or rename it, then resume the download.',
        path,
      ),
    );
  }
}

async function provenTime(part: Part, { reuse, signal }: PlacingOptions): Promise<number> {
  const at = part.isInPlace ? part.path : part.verified;
  const time = await reuse.provenTime({
    ...{ file: part.file, target: at, signal },
    onProgress: () => undefined,
  });
  if (time !== undefined) return time;
  throw new DownloadError(
    'conflict',
    t('{0} was changed by another program after it was verified. It is fetched again.', at),
  );
}

async function place(part: Part, modifiedAt: number, options: PlacingOptions): Promise<void> {
  const { path, verified, file } = part;
  const { identities, clock, old, onNew } = options;
  if (!(await isThere(path))) onNew(path);
  await old?.makeWay(path);
  await install(verified, path, clock);
  const { algorithm, hex } = file.digest;
  if (algorithm === 'sha256') identities.remember(path, file.size, modifiedAt, hex);
}
