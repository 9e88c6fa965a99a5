import * as vscode from 'vscode';
import type { Command } from '../commands/telling.ts';
import { hostWording } from '../details/hostWording.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { Notifier } from '../notifier.ts';
import type { Settings } from '../settings.ts';
import { freeBytesAt, modelPlaces, placeText } from './modelPlaces.ts';
import type { OtherSide, Surroundings } from './sides.ts';
import { movedTo, otherSide, sideText, switchText } from './sides.ts';
import { surroundingsOf } from './surroundings.ts';

export interface OnboardingOptions {
  readonly extension: Pick<vscode.Extension<unknown>, 'id' | 'extensionKind'>;
  readonly machine: Pick<LocalMachine, 'installed' | 'look'>;
  readonly settings: () => Pick<Settings, 'folder' | 'target'>;
  readonly notifier: Pick<Notifier, 'info'>;
}

type Row = vscode.QuickPickItem & { readonly run?: () => unknown };

/** The commands that explain Model Hub to who begins, by their names. */
export function onboardingCommands(options: OnboardingOptions): Record<string, Command> {
  const walkthrough = `${options.extension.id}#modelHub.start`;
  return {
    getStarted: () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', walkthrough),
    showPlaces: () => showPlaces(options),
  };
}

/** Where models are, how much room there is, and how to have them on the other machine. */
async function showPlaces(options: OnboardingOptions): Promise<void> {
  const { machine, extension } = options;
  const around = surroundingsOf(extension);
  // The list is there at once, and fills when the folders are known.
  const picked = await vscode.window.showQuickPick<Row>(
    machine.look().then(() => rowsOf(options, around)),
    { title: vscode.l10n.t('Where Models Live'), placeHolder: sideText(around, hostWording) },
  );
  await picked?.run?.();
}

async function rowsOf(options: OnboardingOptions, around: Surroundings): Promise<Row[]> {
  const { machine, settings, extension } = options;
  const { folder, target } = settings();
  const places = modelPlaces(folder, machine.installed?.runtimes ?? [], target, hostWording);
  const rows = await Promise.all(
    places.map(async (place): Promise<Row> => {
      const free = await freeBytesAt(place.folder);
      return {
        label: `$(folder) ${place.name}`,
        description: placeText(place, free, hostWording),
        detail: place.folder,
        run: () => vscode.env.clipboard.writeText(place.folder),
      };
    }),
  );
  const to = otherSide(around);
  return [
    ...rows,
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    {
      label: `$(gear) ${vscode.l10n.t('Choose another folder in the settings')}`,
      run: () =>
        vscode.commands.executeCommand(
          'workbench.action.openSettings',
          `@ext:${extension.id} download`,
        ),
    },
    ...(to === undefined ? [] : [switchRow(options, to, around.remoteName ?? '')]),
  ];
}

function switchRow(options: OnboardingOptions, to: OtherSide, remoteName: string): Row {
  const { label, detail } = switchText(to, remoteName, hostWording);
  return {
    label: `$(arrow-swap) ${label}`,
    detail,
    run: () => switchTo(options, to),
  };
}

async function switchTo({ extension, notifier }: OnboardingOptions, to: OtherSide): Promise<void> {
  const remote = vscode.workspace.getConfiguration('remote');
  const value = movedTo(remote.inspect('extensionKind')?.globalValue, extension.id, to);
  await remote.update('extensionKind', value, vscode.ConfigurationTarget.Global);
  const { t } = vscode.l10n;
  const reload = t('Reload Window');
  const message = t('Model Hub runs on the other side once the window is reloaded.');
  if ((await notifier.info(message, reload)) === reload) {
    await vscode.commands.executeCommand('workbench.action.reloadWindow');
  }
}
