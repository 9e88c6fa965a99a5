import * as vscode from 'vscode';
import type { DownloadStatus } from '../../download/model.ts';
import type { LocalClient } from '../../local/localClient.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Destination } from '../downloads/destination.ts';
import type { Downloader, Wanted } from '../downloads/downloader.ts';
import { DownloadRefused } from '../downloads/downloader.ts';
import { downloadName } from '../downloads/downloadText.ts';
import { formatBytes } from '../format.ts';
import type { EntryWork } from '../installed/entryWork.ts';
import { isInstalledNode } from '../installed/installedNodes.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { Notifier } from '../notifier.ts';
import { isTreeNode } from '../tree/nodes.ts';
import { askForUpdate } from '../updates/updateQuestion.ts';
import { repairOf, updateEntry } from '../updates/updating.ts';
import type { Command } from './telling.ts';

/** More bytes than this are not thrown away without a question. */
const WORTH_ASKING = 100 * 1024 * 1024;

export interface DownloadServices {
  readonly client: Pick<LocalClient, 'pause' | 'resume' | 'cancel'>;
  readonly machine: Pick<LocalMachine, 'downloads' | 'installed' | 'look'>;
  readonly downloader: Pick<Downloader, 'download' | 'preview'>;
  readonly work: Pick<EntryWork, 'run'>;
  /** Where models go by the settings: an absolute path. */
  readonly folder: () => string;
  readonly notifier: Notifier;
}

/** The commands that begin downloads and steer them, by their names. */
export function downloadCommands(services: DownloadServices): Record<string, Command> {
  const { client } = services;
  return {
    download: (argument) => withVariant(argument, (wanted) => download(services, wanted)),
    downloadTo: (argument) => withVariant(argument, (wanted) => downloadTo(services, wanted)),
    updateInstalled: (argument) => {
      if (isInstalledNode(argument) && argument.type === 'entry')
        return update(services, argument.entry);
      return undefined;
    },
    repairInstalled: (argument) => {
      const wanted =
        isInstalledNode(argument) && argument.type === 'entry' && repairOf(argument.entry);
      return wanted ? download(services, wanted) : undefined;
    },
    pauseDownload: (argument) => withDownload(argument, ({ id }) => client.pause(id)),
    resumeDownload: (argument) => withDownload(argument, ({ id }) => client.resume(id)),
    retryDownload: (argument) => withDownload(argument, ({ id }) => client.resume(id)),
    cancelDownload: (argument) => withDownload(argument, ({ id }) => cancelDownload(services, id)),
  };
}

/** Updates an entry, after telling what that costs. @throws DownloadError and others, in words */
export async function update(
  services: Pick<DownloadServices, 'downloader' | 'work' | 'notifier'>,
  entry: InstalledEntry,
): Promise<void> {
  await updateEntry(
    { ...services, ask: askForUpdate, download: (wanted) => download(services, wanted) },
    entry,
  );
}

/** Cancels a download, after a question if much would be lost. @throws DownloadError */
export async function cancelDownload(
  { client, machine, notifier }: Pick<DownloadServices, 'client' | 'machine' | 'notifier'>,
  id: string,
): Promise<void> {
  const download = machine.downloads.find((one) => one.id === id);
  const isSure =
    download === undefined ||
    download.bytes < WORTH_ASKING ||
    (await notifier.confirm(
      vscode.l10n.t('Cancel the download of {0}?', downloadName(download)),
      vscode.l10n.t('{0} that are here already are removed.', formatBytes(download.bytes)),
      vscode.l10n.t('Cancel Download'),
    ));
  if (isSure) await client.cancel(id);
}

async function download(
  services: Pick<DownloadServices, 'downloader' | 'notifier'>,
  wanted: Wanted,
): Promise<void> {
  try {
    await services.downloader.download(wanted);
  } catch (error) {
    if (!(error instanceof DownloadRefused && error.needsToken)) throw error;
    const setToken = vscode.l10n.t('Set Token');
    if ((await services.notifier.warn(error.message, setToken)) === setToken) {
      await vscode.commands.executeCommand('modelHub.setToken');
    }
  }
}

async function downloadTo(services: DownloadServices, wanted: Wanted): Promise<void> {
  await services.machine.look();
  const picked = await vscode.window.showQuickPick(destinations(services), {
    title: vscode.l10n.t('Download To'),
    placeHolder: vscode.l10n.t('Where is the model to go?'),
  });
  if (picked !== undefined) await download(services, { ...wanted, to: picked.to });
}

function destinations({
  machine,
  folder,
}: DownloadServices): (vscode.QuickPickItem & { readonly to: Destination })[] {
  const runtimes = machine.installed?.runtimes ?? [];
  const jan = runtimes.find(({ kind }) => kind === 'jan');
  return [
    {
      label: vscode.l10n.t('Folder of Model Hub'),
      description: folder(),
      to: { target: 'folder' },
    },
    { label: vscode.l10n.t('Hugging Face cache'), to: { target: 'huggingFaceCache' } },
    ...(jan === undefined ? [] : [{ label: jan.name, to: { target: 'jan' } as const }]),
    ...runtimes
      .filter(({ can }) => can.includes('pull'))
      .map(({ id, name }) => ({
        label: name,
        description: vscode.l10n.t('fetches it by itself'),
        to: { runtime: id },
      })),
  ];
}

/** Rows of the catalogue are variants; others name one. */
function withVariant(argument: unknown, use: (wanted: Wanted) => unknown): unknown {
  if (isVariantName(argument)) return use({ model: argument.model, variant: argument.variant });
  if (!isTreeNode(argument) || argument.type !== 'variant') return undefined;
  return use({ model: argument.parent.model.id, variant: argument.variant.name });
}

function withDownload(argument: unknown, use: (download: DownloadStatus) => unknown): unknown {
  if (!isInstalledNode(argument) || argument.type !== 'download') return undefined;
  return use(argument.download);
}

function isVariantName(argument: unknown): argument is Pick<Wanted, 'model' | 'variant'> {
  const { model, variant } = (argument ?? {}) as Partial<Record<string, unknown>>;
  return typeof model === 'string' && typeof variant === 'string';
}
