import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { t } from '@vscode/l10n';
import { withoutUndefined } from '../sync/withoutUndefined.ts';
import { writeAtomically } from './atomicFile.ts';
import { diskError, isMissing, onDisk } from './file/diskErrors.ts';
import { DownloadError } from './errors.ts';
import { isRelativeName } from './safePath.ts';
import type { DownloadPlan } from './model.ts';

/** Beside the files of a model: where they come from. */
export const RECEIPT_FILE = '.model-hub.json';
const FORMAT = 1;

const digestSchema = z.union([
  z.object({ algorithm: z.literal('sha256'), hex: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.object({ algorithm: z.literal('git'), hex: z.string().regex(/^[0-9a-f]{40}$/) }),
]);

const fileSchema = z.object({
  /** Relative to the folder of the receipt, with slashes. */
  path: z.string().refine(isRelativeName),
  size: z.int().nonnegative(),
  digest: digestSchema,
  role: z.enum(['weights', 'projector', 'companion']),
  /** When it was verified it had been modified then, in ms since 1970. */
  modifiedAt: z.int(),
});

const keptSchema = z.object({
  /** Commit, 40 hex digits. */
  revision: z.string().regex(/^[0-9a-f]{40}$/),
  files: z.array(fileSchema),
});

const variantSchema = keptSchema.extend({
  name: z.string(),
  quantisation: z.string().exactOptional(),
  /** The revision that this one took the place of, if it was to be kept: see keptPath. */
  previous: keptSchema.exactOptional(),
});

const receiptSchema = z.object({
  version: z.literal(FORMAT),
  model: z.string(),
  variants: z.array(variantSchema),
});

export type ReceiptFile = z.infer<typeof fileSchema>;
/** One revision of a variant. */
export type KeptVariant = z.infer<typeof keptSchema>;
/** A variant that was installed here: all its files were verified. */
export type ReceiptVariant = z.infer<typeof variantSchema>;
/** What was installed into a folder, and where it comes from. */
export type Receipt = z.infer<typeof receiptSchema>;

/**
 * What a folder's receipt says; undefined if there is none.
 * @throws DownloadError `folder` if it cannot be read or makes no sense
 */
export async function readReceipt(folder: string): Promise<Receipt | undefined> {
  const path = join(folder, RECEIPT_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
  return parseReceipt(text, path);
}

/**
 * Reads a receipt.
 * @param path where it is, for the message
 * @throws DownloadError `folder` if it makes no sense
 */
export function parseReceipt(text: string, path: string): Receipt {
  try {
    return receiptSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DownloadError(
      'folder',
      t(
        '{0} cannot be understood: it is damaged or of a newer Model Hub. Update Model Hub, or delete that file and download the model again.',
        path,
      ),
      { cause },
    );
  }
}

/**
 * Notes that all files of a plan are in a folder, beside what other variants left there.
 * @param names of the files, relative to the folder, by the order of the plan
 * @param modifiedAt when they had been modified as they were verified, in whole ms since 1970
 * @throws DownloadError
 */
export async function noteInReceipt(
  folder: string,
  plan: DownloadPlan,
  names: readonly string[],
  modifiedAt: readonly number[],
): Promise<void> {
  const before = await readReceipt(folder);
  const same = before?.variants.find(({ name }) => name === plan.variant);
  const others = before?.variants.filter((one) => one !== same) ?? [];
  const previous = previousOf(plan, same);
  const variant = {
    ...variantOf(plan, names, modifiedAt),
    ...(previous !== undefined && { previous }),
  };
  await writeReceipt(folder, {
    version: FORMAT,
    model: plan.model,
    variants: [...others, variant].sort((a, b) => (a.name < b.name ? -1 : 1)),
  });
}

/** Notes that no other revision of a variant is kept any more. @throws DownloadError */
export async function forgetPrevious(folder: string, variant: string): Promise<void> {
  const receipt = await readReceipt(folder);
  if (receipt === undefined) return;
  const variants = receipt.variants.map((one) =>
    one.name === variant ? withoutUndefined({ ...one, previous: undefined }) : one,
  );
  await writeReceipt(folder, { ...receipt, variants });
}

async function writeReceipt(folder: string, receipt: Receipt): Promise<void> {
  const path = join(folder, RECEIPT_FILE);
  const text = `${JSON.stringify(receipt, undefined, 2)}\n`;
  await onDisk(path, () => writeAtomically(path, text));
}

/** What is kept once a plan is in place: what it replaces if it says so, else what was before. */
function previousOf(
  { revision, keepsPrevious }: DownloadPlan,
  before: ReceiptVariant | undefined,
): KeptVariant | undefined {
  if (before === undefined) return undefined;
  if (keepsPrevious === true && before.revision !== revision) {
    return { revision: before.revision, files: before.files };
  }
  return before.previous?.revision === revision ? undefined : before.previous;
}

function variantOf(
  { variant, quantisation, revision, files }: DownloadPlan,
  names: readonly string[],
  modifiedAt: readonly number[],
): ReceiptVariant {
  const listed = files.map(({ size, digest, role }, index): ReceiptFile => {
    // A time that no file has makes it be read again before it is believed.
    return { path: names[index] ?? '', size, digest, role, modifiedAt: modifiedAt[index] ?? 0 };
  });
  return {
    name: variant,
    ...(quantisation !== undefined && { quantisation }),
    revision,
    files: listed,
  };
}
