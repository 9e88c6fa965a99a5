import { t } from '@vscode/l10n';
import type { ModelFile } from '../../sync/model.ts';
import type { LocalFile } from '../runtime.ts';
import type { FoundFile } from './folderTree.ts';

const WEIGHTS = /\.(?:gguf|safetensors)$/i;
const PART = /^(.*)-\d{5}-of-(\d{5})(\.\w+)$/;

/** Whether a file of this name holds weights, of whichever format. */
export function isWeights(name: string): boolean {
  return WEIGHTS.test(name);
}

/** Whether a file is one of several parts of a split model, by its name. */
export function isPart(name: string): boolean {
  return PART.test(name);
}

/** A found file in the words of a runtime. */
export function localFile(
  { path, size, modifiedAt, inode }: FoundFile,
  role: LocalFile['role'],
  sha256?: string,
): LocalFile {
  return { path, size, modifiedAt, inode, role, ...(sha256 !== undefined && { sha256 }) };
}

/** A found file in the words of a repository, whose folder is `prefix`. */
export function repositoryFile({ name, size }: FoundFile, prefix: string): ModelFile {
  const path = prefix === '' ? name : name.slice(prefix.length + 1);
  return { path, size: { sureness: 'exact', bytes: size } };
}

export function sizeOfFiles(files: readonly LocalFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** What is wrong with split files of which not all parts are there; for people. */
export function missingParts(names: readonly string[]): string | undefined {
  const present = new Map<string, { readonly total: number; readonly names: Set<string> }>();
  for (const name of names) {
    const [, stem, total, suffix] = PART.exec(name) ?? [];
    if (total === undefined) continue;
    const key = `${stem}-of-${total}${suffix}`;
    const parts = present.get(key) ?? { total: Number(total), names: new Set() };
    present.set(key, parts);
    parts.names.add(name);
  }
  for (const { total, names: parts } of present.values()) {
    const missing = total - parts.size;
    if (missing <= 0) continue;
    return missing === 1
      ? t('1 of {0} parts is missing. Download the model again.', total)
      : t('{0} of {1} parts are missing. Download the model again.', missing, total);
  }
  return undefined;
}
