import type { Basis, FindBasis } from '../download/differential/basis.ts';
import type { DownloadPlan, PlannedFile } from '../download/model.ts';
import { weightsOf } from '../runtime/identity.ts';
import type { IdentifiedEntry } from '../runtime/installedSnapshot.ts';
import type { LocalFile } from '../runtime/runtime.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { FileOrigin } from '../sync/model.ts';

export interface InstalledBasisOptions {
  /** What is installed by now. */
  readonly entries: () => Promise<readonly IdentifiedEntry[]>;
  /** The proven sha256 of a file, if it is known. */
  readonly sha256Of: (file: LocalFile) => string | undefined;
  /** Who publishes these bytes, as far as that is known. */
  readonly origins: (sha256: string) => Promise<readonly FileOrigin[]>;
  readonly logger: Logger;
}

/** Finds the installed file that a download of the same variant will be most like. */
export function installedBasis(options: InstalledBasisOptions): FindBasis {
  return async (plan, file, path) => {
    const found: Basis[] = [];
    for (const { entry } of await options.entries()) {
      const { from } = entry;
      if (from?.model !== plan.model || from.variant !== plan.variant) continue;
      const local = counterpart(entry.files, plan, file);
      const basis = local && (await basisOf(local, from.revision, plan, file, options));
      if (basis !== undefined) found.push(basis);
    }
    // A damaged one of the same revision is nearest, then the one that will be replaced.
    return (
      found.find(({ sha256 }) => sha256 === file.digest.hex) ??
      found.find((basis) => basis.path === path) ??
      found[0]
    );
  };
}

/** The installed file that has the place of a planned one: the same part, or the projector. */
function counterpart(
  files: readonly LocalFile[],
  plan: DownloadPlan,
  { path, role }: PlannedFile,
): LocalFile | undefined {
  if (role === 'projector') return files.find((file) => file.role === 'projector');
  if (role !== 'weights') return undefined;
  const planned = plan.files.filter((file) => file.role === 'weights').map((file) => file.path);
  const installed = weightsOf({ files });
  return installed.length === planned.length
    ? installed[planned.toSorted().indexOf(path)]
    : undefined;
}

async function basisOf(
  local: LocalFile,
  revision: string | undefined,
  plan: DownloadPlan,
  file: PlannedFile,
  options: InstalledBasisOptions,
): Promise<Basis | undefined> {
  const { sha256Of } = options;
  const { path, size } = local;
  // A file that was damaged since is told by what it was when it was verified.
  const sha256 = local.expectedSha256 ?? sha256Of(local) ?? local.sha256;
  if (sha256 === undefined) return undefined;
  const published = (await knownOrigins(sha256, options)).find(({ model }) => model === plan.model);
  const noted = revision === undefined ? undefined : { model: plan.model, revision };
  const known = published ?? (noted && { ...noted, path: file.path });
  return { path, size, sha256, ...(known !== undefined && { published: known }) };
}

async function knownOrigins(
  sha256: string,
  { origins, logger }: InstalledBasisOptions,
): Promise<readonly FileOrigin[]> {
  try {
    return await origins(sha256);
  } catch (error) {
    logger.info(`Where the installed file was published is not known: ${describeError(error)}`);
    return [];
  }
}
