import { join, relative, sep } from 'node:path';
import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';
import type { DownloadPlan } from '../model.ts';
import { noteInReceipt, readReceipt, RECEIPT_FILE } from '../receipt.ts';
import { refuseLinks, safePaths } from '../safePath.ts';
import type { InstallTarget, Placement } from './target.ts';

/** A folder of the user's: `<folder>/<owner>/<name>/<path>`, and a receipt for each model. */
export class FolderTarget implements InstallTarget {
  readonly kind = 'folder';
  readonly #folder: () => string;

  /** @param folder the absolute path by now */
  constructor(folder: () => string) {
    this.#folder = folder;
  }

  async place({ model, files }: DownloadPlan): Promise<Placement> {
    const root = this.#folder();
    const [folder = root] = safePaths(root, [model]);
    const paths = safePaths(
      root,
      files.map(({ path }) => `${model}/${path}`),
    );
    await refuseOtherModel(folder, model);
    return { root, folder, paths };
  }

  async finish(
    plan: DownloadPlan,
    { root, folder, paths }: Placement,
    modifiedAt: readonly number[],
  ): Promise<void> {
    await refuseLinks(root, [join(folder, RECEIPT_FILE)]);
    await noteInReceipt(folder, plan, namesIn(folder, paths), modifiedAt);
  }

  async isInstalled(path: string, { folder }: Placement): Promise<boolean> {
    return await isListed(path, folder);
  }

  async mayReplace(path: string, { folder }: Placement): Promise<boolean> {
    return await isListed(path, folder);
  }
}

/** On a disk that does not tell cases apart, two models may have one folder. */
async function refuseOtherModel(folder: string, model: string): Promise<void> {
  const receipt = await readReceipt(folder);
  if (receipt === undefined || receipt.model === model) return;
  throw new DownloadError(
    'folder',
    t(
      '{0} holds {1} already. Choose another folder in the settings, or remove that model.',
      folder,
      receipt.model,
    ),
  );
}

/** True if the receipt of a folder lists a file. */
export async function isListed(path: string, folder: string): Promise<boolean> {
  const [name] = namesIn(folder, [path]);
  const receipt = await readReceipt(folder);
  const files = receipt?.variants.flatMap((variant) => variant.files) ?? [];
  return files.some((file) => file.path === name);
}

/** Paths as a receipt has them. */
export function namesIn(folder: string, paths: readonly string[]): readonly string[] {
  return paths.map((path) => relative(folder, path).split(sep).join('/'));
}
