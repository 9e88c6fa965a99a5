import { basename, join } from 'node:path';
import { z } from 'zod';
import { t } from '@vscode/l10n';
import { describeError } from '../../sync/errors.ts';
import type { Machine } from '../../sync/gateway/cortexDiscovery.ts';
import type { DownloadedModel } from '../../sync/gateway/cortexModels.ts';
import { sizeOf } from '../../sync/gateway/cortexModels.ts';
import { readYamlText } from '../../sync/yamlText.ts';
import type { FolderShape, FoundFile } from '../disk/folderTree.ts';
import { folderOf, readTree } from '../disk/folderTree.ts';
import { inPool } from '../disk/inPool.ts';
import type { RuntimeEntry } from '../runtime.ts';
import { brokenEntry, cortexEntry } from './cortexEntries.ts';

/** Such a file has some 100 lines, with a template for prompts among them. */
const MAX_BYTES = 256 * 1024;
/** Models of services on the Internet, which Cortex describes in the same way. */
const REMOTE = 'remote';

const SHAPE: FolderShape = {
  depth: 4,
  enters: (folder) => folder !== REMOTE,
  wants: (file) => /\.ya?ml$/i.test(file) && !/(?:^|\/)metadata\.ya?ml$/i.test(file),
};

/** In the schema `failsafe` nothing is but text. */
const schema = z.object({
  model: z.string().min(1).optional().catch(undefined),
  size: z.string().optional().catch(undefined),
  files: z.array(z.string().min(1)).catch([]),
  mmproj: z.string().min(1).optional().catch(undefined),
});

/**
 * The models in Cortex' data folder, read as Cortex reads them when it starts: by the YAML file
 * that each has, in a folder of its own (cortexso) or beside its weights (everybody else's). One
 * that cannot be used is listed with its problem.
 * @throws RuntimeError `cancelled`
 */
export async function listCortexFolder(
  folder: string,
  machine: Machine,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly RuntimeEntry[]; readonly problem?: string }> {
  const root = join(folder, 'models');
  const { files, problem } = await readTree(root, SHAPE, { signal, links: true });
  const entries = await inPool(files, (file) => entryOf(file, folder, machine));
  return { entries, ...(problem !== undefined && { problem }) };
}

async function entryOf(file: FoundFile, folder: string, machine: Machine): Promise<RuntimeEntry> {
  try {
    const text = await machine.readText(file.path, MAX_BYTES);
    return await cortexEntry(modelIn(text ?? '', file), { folder, isCertain: true });
  } catch (error) {
    return brokenEntry(
      idOf(file),
      t(
        '{0} does not describe a model: {1}. Delete it, then fetch the model again.',
        file.path,
        describeError(error),
      ),
    );
  }
}

function modelIn(text: string, file: FoundFile): DownloadedModel {
  const parsed = schema.safeParse(readYaml(text)).data;
  if (parsed === undefined) throw new Error(t('it says nothing of one'));
  const { model, size, files, mmproj } = parsed;
  return {
    kind: 'downloaded',
    id: model ?? idOf(file),
    size: sizeOf(/^\d{1,15}$/.test(size ?? '') ? Number(size) : undefined),
    files: files.length > 0 ? files : [`models/${file.name.replace(/\.ya?ml$/i, '.gguf')}`],
    ...(mmproj !== undefined && { projector: mmproj }),
  };
}

/** What Cortex calls the model of a YAML file, by the place of the file. */
function idOf({ name }: FoundFile): string {
  const [site, ...parts] = folderOf(name).split('/');
  const stem = basename(name).replace(/\.ya?ml$/i, '');
  if (site === 'cortex.so') return parts.join(':');
  if (site === 'huggingface.co') return [...parts, `${stem}.gguf`].join(':');
  return [...parts, stem].join('/');
}

function readYaml(text: string): unknown {
  try {
    return readYamlText(text);
  } catch {
    throw new Error(t('it is not YAML'));
  }
}
