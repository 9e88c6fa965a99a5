import { t } from '@vscode/l10n';
import { DownloadError } from '../download/errors.ts';
import type { PlannedFile } from '../download/model.ts';
import { RuntimeError } from '../runtime/errors.ts';
import type { IdentityHasher } from '../runtime/identityHasher.ts';
import type { LocalFile, Runtime } from '../runtime/runtime.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';

/** What a runtime has fetched by itself. */
export interface PulledModel {
  readonly runtime: Runtime;
  /** The runtime's id of the entry. */
  readonly entry: string;
  /** What it was to fetch. */
  readonly weights: PlannedFile;
}

export interface PulledModelOptions {
  readonly hasher: Pick<IdentityHasher, 'prove'>;
  readonly logger: Logger;
  /** Bytes that were read so far. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Whether what a runtime fetched is what is published, by hashing it; false if that cannot be told,
 * because the file is not on this disk or cannot be read.
 * @throws DownloadError `mismatch`; RuntimeError `cancelled`
 */
export async function verifyPulled(
  { runtime, entry, weights: { digest, path } }: PulledModel,
  { hasher, logger, onProgress, signal }: PulledModelOptions,
): Promise<boolean> {
  if (digest.algorithm !== 'sha256') return false;
  let sha256: string;
  let file: LocalFile | undefined;
  try {
    file = await weightsOf(runtime, entry, signal);
    if (file === undefined) return false;
    sha256 = await hasher.prove(file.path, { signal, onProgress });
  } catch (error) {
    if (signal.aborted) throw RuntimeError.from(error);
    logger.warn(`${runtime.id}: ${entry} could not be verified: ${describeError(error)}`);
    return false;
  }
  if (sha256 === digest.hex) return true;
  throw new DownloadError(
    'mismatch',
    t(
      '{0} was fetched, but {1} has not the bytes that are published. Delete it among the installed models, then download it again.',
      path,
      file.path,
    ),
  );
}

async function weightsOf(
  runtime: Runtime,
  id: string,
  signal: AbortSignal,
): Promise<LocalFile | undefined> {
  const listing = await runtime.list(signal);
  const entry = listing?.entries.find((one) => one.id === id);
  return entry?.files.find(({ role }) => role === 'weights');
}
