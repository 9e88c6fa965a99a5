import * as vscode from 'vscode';
import type { ModelId, SourceKey } from '../sync/model.ts';
import type { SyncReport } from '../sync/syncService.ts';
import { formatBytes, sourceKind, sourceName } from './format.ts';
import type { Notifier } from './notifier.ts';
import { isSourceKey, readSettings, writeSources } from './settings.ts';
import type { SyncController } from './syncController.ts';
import type { Tokens } from './tokens.ts';
import type { TreeNode } from './tree/nodes.ts';

export interface CommandServices {
  readonly sync: SyncController;
  readonly tokens: Tokens;
  readonly notifier: Notifier;
  /** Hands changed settings and tokens to the engine. */
  readonly applySettings: () => Promise<void>;
  readonly log: vscode.LogOutputChannel;
  readonly showDetails: (id: ModelId) => void;
  readonly showMore: (source: SourceKey) => void;
}

/** Registers all commands. None of them throws: what fails is told through the notifier. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const { tokens, log, showDetails, showMore } = services;
  const commands: Record<string, (argument?: unknown) => unknown> = {
    refresh: () => refresh(services),
    addSource: () => addSource(services),
    removeSource: (argument) => removeSource(argument),
    setToken: () => setToken(services),
    clearToken: () => tokens.clear(readSettings().endpoints.huggingFace),
    openDetails: (argument) => withModelId(argument, showDetails),
    openOnHub: (argument) => withModelId(argument, openOnHub),
    copyId: (argument) => withModelId(argument, (id) => vscode.env.clipboard.writeText(id)),
    showMore: (argument) => isSourceKey(argument) && showMore(argument),
    showStatusMenu: () => showStatusMenu(),
    showLog: () => log.show(),
    openSettings: () => vscode.commands.executeCommand('workbench.action.openSettings', 'modelHub'),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, run]) =>
      vscode.commands.registerCommand(`modelHub.${name}`, run),
    ),
  );
}

/** The refresh that the user asked for: immediate, cancellable, with progress in the view. */
async function refresh({ sync, notifier, log }: CommandServices): Promise<void> {
  const report = await vscode.window.withProgress(
    { location: { viewId: 'modelHub.catalogue' } },
    () => sync.sync('manual'),
  );
  const failures = report?.sources.filter(({ error }) => error !== undefined) ?? [];
  if (report === undefined) return;
  if (failures.length === 0) {
    vscode.window.setStatusBarMessage(`$(check) ${summaryOf(report)}`, 6_000);
    return;
  }
  const [first] = failures;
  const message =
    failures.length === 1
      ? vscode.l10n.t(
          '{0} could not be refreshed. {1}',
          sourceName(first?.source ?? ''),
          first?.error?.message ?? '',
        )
      : vscode.l10n.t(
          '{0} sources could not be refreshed. {1}',
          failures.length,
          first?.error?.message ?? '',
        );
  const showLog = vscode.l10n.t('Show Log');
  if ((await notifier.warn(message, showLog)) === showLog) log.show();
}

function summaryOf(report: SyncReport): string {
  const sum = (count: (source: SyncReport['sources'][number]) => number): number =>
    report.sources.reduce((total, source) => total + count(source), 0);
  return vscode.l10n.t(
    '{0} new, {1} updated, {2} gone, {3}',
    sum((source) => source.added),
    sum((source) => source.updated),
    sum((source) => source.removed),
    formatBytes(sum((source) => source.bytesReceived)),
  );
}

async function addSource({ sync, applySettings }: CommandServices): Promise<void> {
  const { sources } = readSettings();
  const author = vscode.l10n.t('Hugging Face author…');
  const offered = ['jan:v2', 'jan:v1', 'cortex'].filter((key) => !sources.includes(key));
  const picked = await vscode.window.showQuickPick(
    [
      { label: author, description: 'Hugging Face', key: undefined },
      ...offered.map((key) => ({ label: sourceName(key), description: sourceKind(key), key })),
    ],
    {
      title: vscode.l10n.t('Add Source'),
      placeHolder: vscode.l10n.t('Where do the models come from?'),
    },
  );
  if (picked === undefined) return;
  const key = picked.key ?? (await askForAuthor());
  if (key === undefined || sources.includes(key)) return;
  await writeSources([...sources, key]);
  await applySettings();
  await sync.sync('manual');
}

async function askForAuthor(): Promise<SourceKey | undefined> {
  const toKey = (text: string): string => `hf:${text.trim().replace(/^https:\/\/[^/]+\//, '')}`;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Hugging Face Author'),
    prompt: vscode.l10n.t('The name of a user or organisation, or the address of its page.'),
    placeHolder: 'cortexso',
    validateInput: (value) =>
      isSourceKey(toKey(value)) ? undefined : vscode.l10n.t('This is not the name of an author.'),
  });
  return text === undefined ? undefined : toKey(text);
}

async function removeSource(argument: unknown): Promise<void> {
  const { sources } = readSettings();
  const key =
    isTreeNode(argument) && argument.type === 'source'
      ? argument.source.key
      : await pickSource(sources);
  if (key !== undefined) await writeSources(sources.filter((source) => source !== key));
}

async function pickSource(sources: readonly SourceKey[]): Promise<SourceKey | undefined> {
  const picked = await vscode.window.showQuickPick(
    sources.map((key) => ({ label: sourceName(key), description: sourceKind(key), key })),
    {
      title: vscode.l10n.t('Remove Source'),
      placeHolder: vscode.l10n.t('Its models disappear from the list.'),
    },
  );
  return picked?.key;
}

async function setToken({ tokens, sync, applySettings }: CommandServices): Promise<void> {
  const { huggingFace } = readSettings().endpoints;
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Set Hugging Face Token'),
    prompt: vscode.l10n.t(
      'It is kept in the secret storage and sent to {0} only.',
      new URL(huggingFace).origin,
    ),
    placeHolder: 'hf_…',
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^[\x21-\x7e]+$/.test(value.trim())
        ? undefined
        : vscode.l10n.t('A token has no spaces and no special letters.'),
  });
  if (token === undefined) return;
  await tokens.set(huggingFace, token.trim());
  await applySettings();
  await sync.sync('manual');
}

async function showStatusMenu(): Promise<void> {
  const items = [
    { label: `$(refresh) ${vscode.l10n.t('Refresh Models')}`, command: 'modelHub.refresh' },
    { label: `$(add) ${vscode.l10n.t('Add Source…')}`, command: 'modelHub.addSource' },
    { label: `$(output) ${vscode.l10n.t('Show Log')}`, command: 'modelHub.showLog' },
    { label: `$(gear) ${vscode.l10n.t('Open Settings')}`, command: 'modelHub.openSettings' },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Model Hub' });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}

async function openOnHub(id: ModelId): Promise<void> {
  const { huggingFace } = readSettings().endpoints;
  await vscode.env.openExternal(vscode.Uri.parse(new URL(`/${id}`, huggingFace).href));
}

/** Commands come from rows of the tree, from links, and from other extensions. */
function withModelId(argument: unknown, use: (id: ModelId) => unknown): unknown {
  if (isTreeNode(argument)) {
    if (argument.type === 'model') return use(argument.model.id);
    if (argument.type === 'variant') return use(argument.parent.model.id);
    return undefined;
  }
  return typeof argument === 'string' ? use(argument) : undefined;
}

function isTreeNode(argument: unknown): argument is TreeNode {
  return (
    typeof argument === 'object' && argument !== null && 'type' in argument && 'key' in argument
  );
}
