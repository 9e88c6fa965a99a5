import * as vscode from 'vscode';
import type { Logger } from '../../sync/logger.ts';
import type { ModelId } from '../../sync/model.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import { modelAddress } from '../details/links.ts';
import type { Notifier } from '../notifier.ts';
import { readSettings } from '../settings.ts';
import type { SyncController } from '../syncController.ts';
import type { Tokens } from '../tokens.ts';
import { clearCache } from './clearCache.ts';
import { History } from './history.ts';
import { modelIdOf } from './modelIdOf.ts';
import { Refresh } from './refresh.ts';
import type { CommandMenus } from './rowCommands.ts';
import { onRow, rowCommands } from './rowCommands.ts';
import { addSource, removeSource } from './sources.ts';
import { clearSharedCachePassword, setSharedCachePassword } from './sharedCache.ts';
import type { Command } from './telling.ts';
import { telling } from './telling.ts';
import { setToken } from './token.ts';

export interface CommandServices {
  readonly sync: SyncController;
  readonly engine: Pick<EngineClient, 'history' | 'clearCache'>;
  readonly tokens: Tokens;
  readonly notifier: Notifier;
  /** Hands changed settings and tokens to the engine. */
  readonly applySettings: () => Promise<void>;
  readonly log: vscode.LogOutputChannel;
  readonly logger: Logger;
  readonly manifest: CommandMenus;
  /** Commands of other parts, by their names. */
  readonly more: Readonly<Record<string, Command>>;
  readonly showDetails: (id: ModelId) => void;
  readonly showDashboard: () => void;
}

/** Registers all commands. None of them throws: what fails is told through the notifier. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const { tokens, log, showDetails } = services;
  const refresh = new Refresh(services);
  const history = new History(services);
  const commands: Record<string, Command> = {
    refresh: () => refresh.run(),
    cancelRefresh: () => refresh.cancel(),
    showDashboard: () => services.showDashboard(),
    showHistory: () => history.show(),
    exportHistory: () => history.export(),
    clearCache: () => clearCache(services),
    addSource: () => addSource(services),
    removeSource: (argument) => removeSource(argument),
    setToken: () => setToken(services),
    clearToken: () => tokens.clear(readSettings().endpoints.huggingFace),
    setSharedCachePassword: () => setSharedCachePassword(services),
    clearSharedCachePassword: () => clearSharedCachePassword(services),
    openDetails: (argument) => withModelId(argument, showDetails),
    openOnHub: (argument) => withModelId(argument, openOnHub),
    copyId: (argument) => withModelId(argument, (id) => vscode.env.clipboard.writeText(id)),
    showStatusMenu: () => showStatusMenu(),
    showLog: () => log.show(),
    openSettings: () => vscode.commands.executeCommand('workbench.action.openSettings', 'modelHub'),
    ...services.more,
  };
  const meanRows = rowCommands(services.manifest);
  return vscode.Disposable.from(
    refresh,
    history,
    ...Object.entries(commands).map(([name, run]) => {
      const id = `modelHub.${name}`;
      const command = meanRows.has(id) ? onRow(run) : run;
      return vscode.commands.registerCommand(id, telling(services, command));
    }),
  );
}

async function showStatusMenu(): Promise<void> {
  const items = [
    { label: `$(refresh) ${vscode.l10n.t('Refresh Models')}`, command: 'modelHub.refresh' },
    {
      label: `$(graph) ${vscode.l10n.t('Show Sync Dashboard')}`,
      command: 'modelHub.showDashboard',
    },
    {
      label: `$(cloud-download) ${vscode.l10n.t('Show Downloads')}`,
      command: 'modelHub.installed.focus',
    },
    { label: `$(add) ${vscode.l10n.t('Add Source…')}`, command: 'modelHub.addSource' },
    { label: `$(output) ${vscode.l10n.t('Show Log')}`, command: 'modelHub.showLog' },
    { label: `$(gear) ${vscode.l10n.t('Open Settings')}`, command: 'modelHub.openSettings' },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Model Hub' });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}

async function openOnHub(id: ModelId): Promise<void> {
  const { huggingFace } = readSettings().endpoints;
  await vscode.env.openExternal(vscode.Uri.parse(modelAddress(huggingFace, id)));
}

function withModelId(argument: unknown, use: (id: ModelId) => unknown): unknown {
  const id = modelIdOf(argument);
  return id === undefined ? undefined : use(id);
}
