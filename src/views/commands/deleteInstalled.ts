import * as vscode from 'vscode';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { formatBytes } from '../format.ts';
import type { InstalledServices } from './installedCommands.ts';

/** Deletes an entry, after telling what that frees and whether it can be undone. */
export async function deleteInstalled(
  services: InstalledServices,
  entry: InstalledEntry,
): Promise<void> {
  const { client, work } = services;
  const { key } = entry;
  if (entry.runtime.can.includes('remove')) {
    if (!(await isSure(services, entry, { freedBytes: entry.size, isFinal: true }))) return;
    await work.run(key, 'deleting', (signal) => client.remove(key, signal));
    return;
  }
  const { paths, freedBytes } = await client.removal(key);
  if (paths.length === 0) {
    await services.notifier.info(
      vscode.l10n.t('Nothing can be deleted: others use the files of {0} too.', entry.name),
    );
    return;
  }
  if (!(await isSure(services, entry, { freedBytes, isFinal: !services.hasTrash }))) return;
  await work.run(key, 'deleting', async () => {
    await deleteFiles(services, paths);
    await client.rescan();
  });
}

interface Consequence {
  /** Absent if nobody knows. */
  readonly freedBytes: number | undefined;
  readonly isFinal: boolean;
}

async function isSure(
  { notifier }: Pick<InstalledServices, 'notifier'>,
  { name, runtime, running }: InstalledEntry,
  { freedBytes, isFinal }: Consequence,
): Promise<boolean> {
  const { t } = vscode.l10n;
  const frees =
    freedBytes === undefined
      ? ''
      : freedBytes === 0
        ? t('This frees nothing: the same bytes are in use under other names.')
        : isFinal
          ? t('This frees {0}.', formatBytes(freedBytes))
          : t('This frees {0} once the trash is emptied.', formatBytes(freedBytes));
  const isRunning = running === true ? t('It is running.') : '';
  const ends = isFinal ? t('It cannot be undone: there is no trash here.') : '';
  return await notifier.confirm(
    t('Delete {0} from {1}?', name, runtime.name),
    [isRunning, frees, ends].filter(Boolean).join(' '),
    isFinal ? t('Delete') : t('Move to Trash'),
  );
}

async function deleteFiles(
  { hasTrash, notifier }: Pick<InstalledServices, 'hasTrash' | 'notifier'>,
  paths: readonly string[],
): Promise<void> {
  let useTrash = hasTrash;
  for (const path of paths) {
    try {
      await vscode.workspace.fs.delete(vscode.Uri.file(path), { useTrash });
    } catch (error) {
      if (!useTrash) throw error;
      const isFinalToo = await notifier.confirm(
        vscode.l10n.t('The trash did not take {0}. Delete it for good?', path),
        error instanceof Error ? error.message : '',
        vscode.l10n.t('Delete'),
      );
      if (!isFinalToo) return;
      useTrash = false;
      await vscode.workspace.fs.delete(vscode.Uri.file(path), { useTrash });
    }
  }
}
