import { t } from '@vscode/l10n';
import type { FileOrigin, ModelId } from '../sync/model.ts';
import { groupVariants } from '../sync/variants.ts';
import type { InstalledEntry, ProvenOrigin } from './installed.ts';
import type { ClaimedOrigin, LocalFile, RuntimeEntry, RuntimeKind } from './runtime.ts';

/** What is known of the files and models of this machine at one moment. */
export interface KnownFacts {
  /** What a file was when it was hashed, if it has not changed since. */
  readonly hashed: (file: LocalFile) => string | undefined;
  /** Whether a file is still to be hashed. */
  readonly isPending: (file: LocalFile) => boolean;
  /** Which models publish these bytes. */
  readonly origins: (sha256: string) => readonly FileOrigin[];
  /** The commit of `main`, as the catalogue knows it. */
  readonly head: (model: ModelId) => string | undefined;
}

/** What an entry is, and how that is known. */
export type Identity = Pick<InstalledEntry, 'identity' | 'from' | 'problem' | 'damaged'>;

/** Where sha256 is more than a claim: receipts of own downloads, and names that are the digest. */
const BELIEVED: ReadonlySet<RuntimeKind> = new Set(['folder', 'huggingFaceCache']);

/** The sha256 of a file, if it is proven: hashed, or kept where only proven files are. */
export function provenSha256(
  kind: RuntimeKind,
  file: LocalFile,
  { hashed }: Pick<KnownFacts, 'hashed'>,
): string | undefined {
  return hashed(file) ?? (BELIEVED.has(kind) ? file.sha256 : undefined);
}

/** The weights of an entry in the order of their parts. */
export function weightsOf({ files }: Pick<RuntimeEntry, 'files'>): readonly LocalFile[] {
  return files.filter(({ role }) => role === 'weights').sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What an entry is: as its bytes prove, else as its runtime claims. */
export function identityOf(kind: RuntimeKind, entry: RuntimeEntry, facts: KnownFacts): Identity {
  const [first] = weightsOf(entry);
  const problem = damageOf(kind, entry, facts);
  const sha256 = first && provenSha256(kind, first, facts);
  if (first !== undefined && sha256 !== undefined && problem === undefined) {
    // Whoever knows commit and digest of a file noted them when it was fetched.
    const isNoted = sha256 === (first.expectedSha256 ?? first.sha256);
    const noted = isNoted ? complete(entry.origin) : undefined;
    const from = noted ?? originOf(sha256, entry.origin, facts);
    if (from !== undefined) return { identity: 'proven', from };
  }
  const claimed = claimOf(first, entry.origin, facts);
  const trouble = problem ?? {};
  if (claimed !== undefined) return { identity: 'claimed', from: claimed, ...trouble };
  const isPending = first !== undefined && facts.isPending(first);
  return { identity: isPending ? 'computing' : 'unknown', ...trouble };
}

/** What is wrong where the digests of files were kept, and one has other bytes by now. */
function damageOf(
  kind: RuntimeKind,
  { files, name, origin }: RuntimeEntry,
  { hashed, origins }: KnownFacts,
): Pick<Identity, 'problem' | 'damaged'> | undefined {
  const isBelieved = BELIEVED.has(kind);
  const others = files.flatMap((file) => {
    const noted = file.expectedSha256 ?? (isBelieved ? file.sha256 : undefined);
    const sha256 = hashed(file);
    return noted === undefined || sha256 === undefined || sha256 === noted ? [] : [sha256];
  });
  if (others.length === 0) return undefined;
  const isPublished = (sha256: string): boolean =>
    origins(sha256).some(({ model }) => model === origin.model);
  if (others.every(isPublished)) {
    const problem = t(
      '{0} has files of two revisions: an update of it is unfinished. Resume the update, or download the model again.',
      name,
    );
    return { problem };
  }
  const problem = t(
    '{0} is damaged: its bytes are not the published ones. Repair it, or delete it and download it again.',
    name,
  );
  return { problem, damaged: true };
}

function claimOf(
  file: LocalFile | undefined,
  origin: ClaimedOrigin,
  facts: KnownFacts,
): Partial<ProvenOrigin> | undefined {
  const sha256 = file && facts.hashed(file) === undefined ? file.sha256 : undefined;
  const published = sha256 === undefined ? undefined : originOf(sha256, origin, facts);
  if (published !== undefined || origin.model === undefined) return published;
  return { ...origin, ...quantisationIn(origin.variant) };
}

function complete({ model, revision, variant }: ClaimedOrigin): ProvenOrigin | undefined {
  if (model === undefined || revision === undefined || variant === undefined) return undefined;
  return { model, revision, variant, ...quantisationIn(variant) };
}

/** Of all that publish the same bytes: whom the runtime names, then what is still current. */
function originOf(
  sha256: string,
  { model, revision }: ClaimedOrigin,
  { origins, head }: KnownFacts,
): ProvenOrigin | undefined {
  const rank = (one: FileOrigin): number =>
    (one.model === model ? 4 : 0) +
    (one.model === model && one.revision === revision ? 2 : 0) +
    (one.revision === head(one.model) ? 1 : 0);
  const [best] = origins(sha256).toSorted((a, b) => rank(b) - rank(a));
  return best && { model: best.model, revision: best.revision, ...variantAt(best.path) };
}

/** The variant that a file of a repository belongs to. */
function variantAt(path: string): Pick<ProvenOrigin, 'variant' | 'quantisation'> {
  const [variant] = groupVariants([{ path, size: { sureness: 'unknown' } }]);
  if (variant === undefined) return { variant: path };
  const { name, quantisation } = variant;
  return { variant: name, ...(quantisation !== undefined && { quantisation }) };
}

function quantisationIn(variant: string | undefined): Pick<ProvenOrigin, 'quantisation'> {
  if (variant === undefined) return {};
  const { quantisation } = variantAt(`${variant}.gguf`);
  return quantisation === undefined ? {} : { quantisation };
}
