import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { LocalClient } from '../../local/localClient.ts';
import { isJanId } from '../../jan/janId.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { janDeepLink } from '../../runtime/jan/janLink.ts';
import { formatBytes } from '../format.ts';
import type { EntryWork } from '../installed/entryWork.ts';
import { isInstalledNode } from '../installed/installedNodes.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { ModelStarter } from '../installed/modelStarter.ts';
import { openAiSnippet } from '../installed/snippet.ts';
import type { Notifier } from '../notifier.ts';
import { deleteInstalled, deleteKept } from './deleteInstalled.ts';
import { modelIdOf } from './modelIdOf.ts';
import type { Command } from './telling.ts';

export interface InstalledServices {
  readonly client: Pick<
    LocalClient,
    | 'rescan'
    | 'verify'
    | 'stop'
    | 'remove'
    | 'removal'
    | 'adopt'
    | 'mergeDuplicates'
    | 'rollBack'
    | 'keptRemoval'
    | 'keptRemoved'
  >;
  readonly machine: Pick<LocalMachine, 'installed' | 'look'>;
  readonly work: EntryWork;
  readonly starter: Pick<ModelStarter, 'start' | 'obstacle'>;
  readonly notifier: Notifier;
  /** Whether files that are deleted here can go to the trash. */
  readonly hasTrash: boolean;
}

/** The commands for what is installed, by their names. */
export function installedCommands(services: InstalledServices): Record<string, Command> {
  const { client, work } = services;
  return {
    rescan: () => rescan(services),
    mergeDuplicates: () => mergeDuplicates(services),
    deleteInstalled: (argument) => withEntry(argument, (entry) => deleteInstalled(services, entry)),
    rollBackInstalled: (argument) => withEntry(argument, (entry) => rollBack(services, entry)),
    rollForwardInstalled: (argument) => withEntry(argument, (entry) => rollBack(services, entry)),
    deleteKept: (argument) => withEntry(argument, (entry) => deleteKept(services, entry)),
    revealInstalled: (argument) => withEntry(argument, reveal),
    verifyInstalled: (argument) => withEntry(argument, (entry) => verify(services, entry)),
    handOver: (argument) => withEntry(argument, (entry) => handOver(services, entry)),
    openInJan: (argument) => openInJan(services, argument),
    serveWithJan: (argument) => withEntry(argument, serveWithJan),
    startInstalled: (argument) => withEntry(argument, (entry) => start(services, entry)),
    stopInstalled: (argument) =>
      withEntry(argument, (entry) =>
        work.run(entry, 'stopping', (signal) => client.stop(entry.key, signal)),
      ),
    cancelWork: (argument) => withEntry(argument, ({ key }) => work.cancel(key)),
    copySnippet: (argument) =>
      withEntry(argument, (entry) => vscode.env.clipboard.writeText(openAiSnippet(entry))),
  };
}

async function rescan({ client, machine }: InstalledServices): Promise<void> {
  await vscode.window.withProgress({ location: { viewId: 'modelHub.installed' } }, async () => {
    await machine.look();
    await client.rescan();
  });
}

async function mergeDuplicates({ client, machine, notifier }: InstalledServices): Promise<void> {
  const bytes = machine.installed?.duplicateBytes ?? 0;
  if (bytes === 0) {
    await notifier.info(vscode.l10n.t('No file lies on a disk of this machine twice.'));
    return;
  }
  const isSure = await notifier.confirm(
    vscode.l10n.t('Merge duplicates?'),
    vscode.l10n.t(
      'This frees {0}. Files that hold the same bytes become one, under all their names. They are compared first, which takes a while.',
      formatBytes(bytes),
    ),
    vscode.l10n.t('Merge'),
  );
  if (!isSure) return;
  const { freedBytes } = await vscode.window.withProgress(
    { location: { viewId: 'modelHub.installed' } },
    () => client.mergeDuplicates(),
  );
  await notifier.info(vscode.l10n.t('Freed {0}.', formatBytes(freedBytes)));
}

async function reveal({ files }: InstalledEntry): Promise<void> {
  const [first] = files;
  if (first === undefined) return;
  await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(first.path));
}

async function start(
  { starter, notifier }: InstalledServices,
  entry: InstalledEntry,
): Promise<void> {
  const obstacle = await starter.obstacle(entry);
  const isWanted =
    obstacle === undefined ||
    (await notifier.confirm(obstacle.message, obstacle.detail, vscode.l10n.t('Start Anyway')));
  if (isWanted) await starter.start(entry);
}

async function verify(
  { client, work, notifier }: InstalledServices,
  entry: InstalledEntry,
): Promise<void> {
  const { key, name } = entry;
  const verdict = await work.run(entry, 'verifying', (signal) => client.verify(key, signal));
  switch (verdict) {
    case undefined:
      return;
    case 'intact':
      await notifier.info(vscode.l10n.t('{0}: every byte is as it was published.', name));
      return;
    case 'damaged':
      await notifier.warn(
        vscode.l10n.t(
          '{0} is damaged: its bytes are not the published ones. Repair it, or delete it and download it again.',
          name,
        ),
      );
      return;
    case 'unknown':
      await notifier.info(
        vscode.l10n.t('{0} could not be verified: no model that is known has these bytes.', name),
      );
  }
}

/** The other revision is kept in turn, so nothing is lost that would need a question. */
async function rollBack({ client, work }: InstalledServices, entry: InstalledEntry): Promise<void> {
  await work.run(entry, 'rollingBack', (signal) => client.rollBack(entry.key, signal));
}

async function handOver(services: InstalledServices, entry: InstalledEntry): Promise<void> {
  const { client, machine, work, notifier } = services;
  const takers = (machine.installed?.runtimes ?? []).filter(
    ({ id, can }) => can.includes('adopt') && id !== entry.runtime.id,
  );
  if (takers.length === 0) {
    await notifier.info(
      vscode.l10n.t('No program on this machine can take models over: Jan and Cortex could.'),
    );
    return;
  }
  const picked = await vscode.window.showQuickPick(
    takers.map(({ id, name, folder }) => ({ label: name, description: folder ?? '', id })),
    {
      title: vscode.l10n.t('Hand Over'),
      placeHolder: vscode.l10n.t('Who is to have {0} as well?', entry.name),
    },
  );
  if (picked === undefined) return;
  await work.run(entry, 'handingOver', (signal) => client.adopt(entry.key, picked.id, signal));
}

async function openInJan({ notifier }: InstalledServices, argument: unknown): Promise<void> {
  const model = modelIdOf(argument);
  if (model === undefined) return;
  const isOpened = await vscode.env.openExternal(vscode.Uri.parse(janDeepLink(model), true));
  if (!isOpened) {
    await notifier.warn(
      vscode.l10n.t('Jan could not be opened. Start it, and look there for {0}.', model),
    );
  }
}

/** In a terminal, where its output is seen and it can be stopped; Jan's ids need no quotes. */
function serveWithJan({ id, runtime }: InstalledEntry): void {
  if (runtime.kind !== 'jan' || !isJanId(id) || id.startsWith('-')) return;
  // In a remote window it is the folder that tells on which side the terminal is to be: on Jan's.
  const cwd = vscode.Uri.file(homedir());
  const terminal = vscode.window.createTerminal({ name: `jan serve ${id}`, cwd });
  terminal.show(true);
  terminal.sendText(`jan serve ${id}`);
}

function withEntry(argument: unknown, use: (entry: InstalledEntry) => unknown): unknown {
  if (!isInstalledNode(argument) || argument.type !== 'entry') return undefined;
  return use(argument.entry);
}
