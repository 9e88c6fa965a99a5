import * as vscode from 'vscode';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { shortCommit } from '../details/detailsSubject.ts';
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
    await work.run(entry, 'deleting', (signal) => client.remove(key, signal));
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
  await work.run(entry, 'deleting', async () => {
    await deleteFiles(services, paths);
    await client.rescan();
  });
}

/** Deletes the revision that is kept beside an entry. */
export async function deleteKept(
  services: InstalledServices,
  entry: InstalledEntry,
): Promise<void> {
  const { client, work, notifier, hasTrash } = services;
  const { key, name, kept } = entry;
  if (kept === undefined) return;
  const { paths, freedBytes } = await client.keptRemoval(key);
  const isFinal = !hasTrash;
  const isWanted = await notifier.confirm(
    vscode.l10n.t('Delete commit {0} of {1}, which is kept?', shortCommit(kept.revision), name),
    consequences({ freedBytes, isFinal }),
    isFinal ? vscode.l10n.t('Delete') : vscode.l10n.t('Move to Trash'),
  );
  if (!isWanted) return;
  await work.run(entry, 'deleting', async () => {
    await deleteFiles(services, paths);
    await client.keptRemoved(key);
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
  consequence: Consequence,
): Promise<boolean> {
  const { t } = vscode.l10n;
  const isRunning = running === true ? t('It is running.') : '';
  return await notifier.confirm(
    t('Delete {0} from {1}?', name, runtime.name),
    [isRunning, consequences(consequence)].filter(Boolean).join(' '),
    consequence.isFinal ? t('Delete') : t('Move to Trash'),
  );
}

/** What deleting frees, and whether it can be undone. */
function consequences({ freedBytes, isFinal }: Consequence): string {
  const { t } = vscode.l10n;
  const frees =
    freedBytes === undefined
      ? ''
      : freedBytes === 0
        ? t('This frees nothing: the same bytes are in use under other names.')
        : isFinal
          ? t('This frees {0}.', formatBytes(freedBytes))
          : t('This frees {0} once the trash is emptied.', formatBytes(freedBytes));
  const ends = isFinal ? t('It cannot be undone: there is no trash here.') : '';
  return [frees, ends].filter(Boolean).join(' ');
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
