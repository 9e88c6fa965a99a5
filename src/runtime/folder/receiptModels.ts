import { basename, join } from 'node:path';
import { t } from '@vscode/l10n';
import type { Receipt, ReceiptFile, ReceiptVariant } from '../../download/receipt.ts';
import { modelIdSchema } from '../../sync/gateway/repository.ts';
import type { FoundFile } from '../disk/folderTree.ts';
import { localFile, sizeOfFiles } from '../disk/modelFiles.ts';
import type { KeptRevision, LocalFile, RuntimeEntry } from '../runtime.ts';

/**
 * What a receipt says was installed, compared with what is there.
 * @param root the folder of all models
 * @param inside the folder of the receipt, relative to `root`
 * @param found files by their names relative to `root`
 * @param kept what is kept beside its variants
 * @param claimed names of files that belong to an entry; those of these entries are added
 */
export function receiptEntries(
  root: string,
  inside: string,
  receipt: Receipt,
  found: ReadonlyMap<string, FoundFile>,
  kept: readonly KeptRevision[],
  claimed: Set<string>,
): RuntimeEntry[] {
  const nameOf = (file: ReceiptFile): string =>
    inside === '' ? file.path : `${inside}/${file.path}`;
  return receipt.variants
    .map((variant) => {
      for (const file of variant.files) claimed.add(nameOf(file));
      const entry = toEntry(root, inside, receipt, variant, (file) => found.get(nameOf(file)));
      const beside = kept.find((one) => one.variant === variant.name);
      return entry && { ...entry, ...(beside !== undefined && { kept: beside }) };
    })
    .filter((entry) => entry !== undefined);
}

/** Undefined if nothing is left of it. */
function toEntry(
  root: string,
  inside: string,
  receipt: Receipt,
  variant: ReceiptVariant,
  find: (file: ReceiptFile) => FoundFile | undefined,
): RuntimeEntry | undefined {
  const files = variant.files.flatMap((file) => {
    const there = find(file);
    return there === undefined ? [] : [installedFile(file, there)];
  });
  if (!files.some(({ role }) => role === 'weights')) return undefined;
  const problem = problemOf(join(root, inside), variant, find);
  const model = modelIdSchema.safeParse(receipt.model).data;
  return {
    id: `${inside}#${variant.name}`,
    name: basename(variant.name === 'safetensors' ? receipt.model : variant.name),
    files,
    size: sizeOfFiles(files),
    origin: {
      ...(model !== undefined && { model }),
      revision: variant.revision,
      variant: variant.name,
    },
    ...(problem !== undefined && { problem }),
  };
}

/** What was verified is believed as long as the file has not been touched since. */
function installedFile(
  { digest, size, modifiedAt, role }: ReceiptFile,
  file: FoundFile,
): LocalFile {
  if (digest.algorithm !== 'sha256') return localFile(file, role);
  const isSame = file.size === size && file.modifiedAt === modifiedAt;
  const local = localFile(file, role, isSame ? digest.hex : undefined);
  return { ...local, expectedSha256: digest.hex };
}

function problemOf(
  folder: string,
  { files }: ReceiptVariant,
  find: (file: ReceiptFile) => FoundFile | undefined,
): string | undefined {
  for (const file of files) {
    const there = find(file);
    if (there === undefined) {
      return t('{0} is missing. Download the model again.', join(folder, file.path));
    }
    if (there.size !== file.size) {
      return there.size < file.size
        ? t('{0} is shorter than it was. Download the model again.', there.path)
        : t('{0} is longer than it was. Download the model again.', there.path);
    }
  }
  return undefined;
}
