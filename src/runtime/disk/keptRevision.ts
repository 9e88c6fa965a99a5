import { isThere } from '../../download/foundFile.ts';
import { isKeptForAnother, keptPath, withoutDeleted } from '../../download/kept/keptFiles.ts';
import type { Receipt, ReceiptVariant } from '../../download/receipt.ts';
import type { KeptRevision } from '../runtime.ts';
import { fileAt } from './folderTree.ts';
import { localFile, sizeOfFiles } from './modelFiles.ts';

/**
 * The revision that is kept beside an installed variant, if its weights are there.
 * @param folder of the receipt, absolute
 */
export async function keptRevision(
  folder: string,
  receipt: Receipt,
  variant: ReceiptVariant,
): Promise<KeptRevision | undefined> {
  const { previous } = variant;
  if (previous === undefined) return undefined;
  const { revision } = previous;
  const found = await Promise.all(
    previous.files.map(async (file) => {
      const there = await fileAt(keptPath(folder, revision, file));
      return there && localFile(there, file.role);
    }),
  );
  const files = found.filter((file) => file !== undefined);
  if (!files.some(({ role }) => role === 'weights')) return undefined;
  const installed = await withoutDeleted(folder, receipt);
  const waiting = await Promise.all(
    variant.files
      .filter((file) => !isKeptForAnother(installed, variant, file))
      .map((file) => isThere(keptPath(folder, variant.revision, file))),
  );
  return {
    ...{ revision, folder, files, variant: variant.name, size: sizeOfFiles(files) },
    ...(waiting.includes(true) && { isUnfinished: true }),
  };
}
