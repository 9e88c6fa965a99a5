import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '@vscode/l10n';
import { isMissing } from '../../download/file/diskErrors.ts';
import type { Receipt } from '../../download/receipt.ts';
import { RECEIPT_FILE, readReceipt } from '../../download/receipt.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { FolderShape, FoundFile } from '../disk/folderTree.ts';
import { folderOf, readTree } from '../disk/folderTree.ts';
import { watchFolders } from '../disk/folderWatch.ts';
import { inPool } from '../disk/inPool.ts';
import { keptRevision } from '../disk/keptRevision.ts';
import { isWeights } from '../disk/modelFiles.ts';
import { RuntimeError } from '../errors.ts';
import type { KeptRevision, Runtime, RuntimeEntry, RuntimeListing } from '../runtime.ts';
import { droppedEntries } from './droppedModels.ts';
import { receiptEntries } from './receiptModels.ts';

/** `owner/name/` and folders of the repository below, or an order of the user's own. */
const DEPTH = 8;

/** Hidden folders are those of tools, such as `.git` and `.cache`. */
function enters(folder: string): boolean {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  return !name.startsWith('.') && name !== 'node_modules';
}

function isReceipt(file: string): boolean {
  return file.slice(file.lastIndexOf('/') + 1) === RECEIPT_FILE;
}

const LISTED: FolderShape = {
  depth: DEPTH,
  enters,
  wants: (file) => !/\.partial(?:\.|$)/.test(file),
};

const WATCHED: FolderShape = {
  depth: DEPTH,
  enters,
  wants: (file) => isWeights(file) || isReceipt(file),
};

interface FoundReceipt {
  /** Of its folder. */
  readonly name: string;
  readonly receipt: Receipt;
  readonly kept: readonly KeptRevision[];
}

export interface FolderRuntimeOptions {
  /** Absolute. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A folder of models: what was downloaded into it, known by its receipts, and what the user put
 * there. Links in it are passed over: what they lead to is listed where it is, or not ours.
 */
export class FolderRuntime implements Runtime {
  readonly id = 'folder';
  readonly kind = 'folder';
  readonly actions = {};
  readonly #options: FolderRuntimeOptions;

  constructor(options: FolderRuntimeOptions) {
    this.#options = options;
  }

  async list(signal: AbortSignal): Promise<RuntimeListing | undefined> {
    const { folder } = this.#options;
    if (!(await this.#isThere())) return undefined;
    const { files, problem } = await readTree(folder, LISTED, { signal, links: false });
    const byFolder = Map.groupBy(files, (file) => folderOf(file.name));
    const byName = new Map(files.map((file) => [file.name, file]));
    const receipts = await inPool(
      files.filter(({ name }) => isReceipt(name)),
      (file) => this.#receiptIn(file),
    );

    const entries: RuntimeEntry[] = [];
    const claimed = new Set<string>();
    for (const { name, receipt, kept } of receipts.filter((one) => one !== undefined)) {
      entries.push(...receiptEntries(folder, name, receipt, byName, kept, claimed));
    }
    for (const [name, inside] of byFolder) {
      entries.push(...droppedEntries(name, inside, claimed));
    }
    return { name: 'Model Hub', folder, entries, ...(problem !== undefined && { problem }) };
  }

  watch(onDidChange: () => void): Disposable {
    const folders = [{ path: this.#options.folder, shape: WATCHED }];
    return watchFolders(() => Promise.resolve(folders), onDidChange, this.#options);
  }

  async #isThere(): Promise<boolean> {
    const { folder } = this.#options;
    try {
      if ((await stat(folder)).isDirectory()) return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw new RuntimeError(
        'disk',
        t('{0} cannot be read. Check its disk, and who may read it.', folder),
        { cause: error },
      );
    }
    throw new RuntimeError(
      'disk',
      t('{0} is no folder. Choose another in the settings, or move that file away.', folder),
    );
  }

  /** What cannot be read leaves its files to be listed as if the user had put them there. */
  async #receiptIn({ name }: FoundFile): Promise<FoundReceipt | undefined> {
    const inside = folderOf(name);
    const folder = join(this.#options.folder, inside);
    try {
      const receipt = await readReceipt(folder);
      if (receipt === undefined) return undefined;
      const kept = await Promise.all(
        receipt.variants.map((one) => keptRevision(folder, receipt, one)),
      );
      return { name: inside, receipt, kept: kept.filter((one) => one !== undefined) };
    } catch (error) {
      this.#options.logger.warn(`folder: ${describeError(error)}`);
      return undefined;
    }
  }
}
