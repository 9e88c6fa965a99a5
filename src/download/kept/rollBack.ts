import { t } from '@vscode/l10n';
import { cancelled } from '../../sync/errors.ts';
import { DownloadError } from '../errors.ts';
import { isThere } from '../foundFile.ts';
import type { DownloadPlan } from '../model.ts';
import type { KeptVariant, Receipt, ReceiptFile, ReceiptVariant } from '../receipt.ts';
import { readReceipt } from '../receipt.ts';
import type { InstallTarget } from '../targets/target.ts';
import { keptPath, placeIn, provenKept, withoutDeleted } from './keptFiles.ts';
import type { KeepingServices } from './oldRevision.ts';
import { OldRevision } from './oldRevision.ts';
import { settleKept } from './settleKept.ts';

/** An installed variant, and whose folder it is in. */
export interface InstalledPlace {
  /** See Placement.root. */
  readonly root: string;
  /** Of the receipt. */
  readonly folder: string;
  /** See Variant.name. */
  readonly variant: string;
}

/**
 * Puts the kept revision of a variant in place, and keeps the one that was there: calling it again
 * goes forward again. All files of both are proven before anything changes. The receipt is written
 * first, so that whatever breaks off after it is completed by `settleKept`; until then the files of
 * both revisions are all there.
 * @throws DownloadError `folder` if nothing is kept, files were changed, or somebody else's are in
 *   the way; SyncError `cancelled`: nothing was changed
 */
export async function rollBack(
  { root, folder, variant: name }: InstalledPlace,
  target: InstallTarget,
  services: KeepingServices,
): Promise<void> {
  const { clock, identities, signal } = services;
  await settleKept(folder, name, clock);
  const receipt = await readReceipt(folder);
  const current = receipt?.variants.find((one) => one.name === name);
  const kept = current?.previous;
  if (receipt === undefined || current === undefined || kept === undefined) throw nothingKept(name);
  refuseShared(folder, await withoutDeleted(folder, receipt), current);
  await refuseInTheWay(folder, current, kept);
  const times: number[] = [];
  for (const file of kept.files) {
    times.push(await provenKept(await whereIs(folder, kept, file), file, services));
  }
  await new OldRevision(folder, current, services).keep();
  if (signal.aborted) throw cancelled();

  const paths = kept.files.map((file) => placeIn(folder, file));
  await target.finish(planOf(receipt, current, kept), { root, folder, paths }, times);
  await settleKept(folder, name, clock);
  for (const [index, { size, digest }] of kept.files.entries()) {
    if (digest.algorithm !== 'sha256') continue;
    identities.remember(paths[index] ?? '', size, times[index] ?? 0, digest.hex);
  }
}

/** What was the same in both revisions is still in its place on disks without second names. */
async function whereIs(folder: string, { revision }: KeptVariant, file: ReceiptFile) {
  const kept = keptPath(folder, revision, file);
  return (await isThere(kept)) ? kept : placeIn(folder, file);
}

/** A projector may belong to several variants, each at a revision of its own. */
function refuseShared(folder: string, { variants }: Receipt, current: ReceiptVariant): void {
  const staying = new Set(current.previous?.files.map(({ path, digest }) => path + digest.hex));
  for (const other of variants) {
    if (other === current) continue;
    const shared = other.files.find(
      ({ path, digest }) =>
        !staying.has(path + digest.hex) &&
        current.files.some((file) => file.path === path && file.digest.hex === digest.hex),
    );
    if (shared === undefined) continue;
    throw new DownloadError(
      'folder',
      t(
        '{0} is a part of {1} too, which needs it as it is: neither can be rolled back alone. To roll this one back, delete {1} first.',
        placeIn(folder, shared),
        other.name,
      ),
    );
  }
}

async function refuseInTheWay(
  folder: string,
  { files }: ReceiptVariant,
  kept: KeptVariant,
): Promise<void> {
  const own = new Set(files.map(({ path }) => path));
  for (const file of kept.files) {
    const place = placeIn(folder, file);
    if (own.has(file.path) || !(await isThere(place))) continue;
    throw new DownloadError(
      'folder',
      t('{0} is in the way of the kept revision. Move it away or rename it first.', place),
    );
  }
}

function planOf(
  { model }: Receipt,
  { name, quantisation }: ReceiptVariant,
  { revision, files }: KeptVariant,
): DownloadPlan {
  return {
    ...{ model, revision, files, variant: name, keepsPrevious: true },
    ...(quantisation !== undefined && { quantisation }),
    size: files.reduce((sum, { size }) => sum + size, 0),
  };
}

function nothingKept(variant: string): DownloadError {
  return new DownloadError('folder', t('No other revision of {0} is kept here.', variant));
}
