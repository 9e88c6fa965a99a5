import type { CatalogueAccess } from './catalogueAccess.ts';
import type { IdentityHasher } from './identityHasher.ts';
import type { IdentityStore } from './identityStore.ts';
import type { IdentifiedEntry } from './installedSnapshot.ts';
import type { LocalFile } from './runtime.ts';

/** Whether files have the bytes that were published; `unknown` if nobody says what those are. */
export type Verdict = 'intact' | 'damaged' | 'unknown';

export interface VerificationOptions {
  readonly store: IdentityStore;
  readonly hasher: Pick<IdentityHasher, 'prove'>;
  readonly origins: CatalogueAccess['origins'];
  readonly signal: AbortSignal;
}

/**
 * Hashes the weights and projectors of an entry anew, whatever is remembered.
 * @throws RuntimeError `disk` or `cancelled`; whatever the catalogue throws
 */
export async function verifyEntry(
  { entry }: IdentifiedEntry,
  options: VerificationOptions,
): Promise<Verdict> {
  const files = entry.files.filter(({ role }) => role !== 'companion');
  const verdicts: Verdict[] = [];
  for (const file of files) verdicts.push(await verifyFile(file, options));
  if (verdicts.includes('damaged')) return 'damaged';
  return verdicts.length === 0 || verdicts.includes('unknown') ? 'unknown' : 'intact';
}

async function verifyFile(file: LocalFile, options: VerificationOptions): Promise<Verdict> {
  const { store, hasher, origins, signal } = options;
  const before = store.sha256Of(file.path, file.size, file.modifiedAt);
  const sha256 = await hasher.prove(file.path, { signal });
  if (sha256 === (file.expectedSha256 ?? file.sha256)) return 'intact';
  if (file.expectedSha256 !== undefined) return 'damaged';
  const isPublished = (await origins([sha256], signal)).length > 0;
  if (isPublished || store.originsOf(sha256).length > 0) return 'intact';
  // Nobody wrote to it, and yet it is another.
  return file.sha256 !== undefined || (before !== undefined && before !== sha256)
    ? 'damaged'
    : 'unknown';
}
