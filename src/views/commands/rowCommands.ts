import * as vscode from 'vscode';
import type { Command } from './telling.ts';

/** A row was drawn anew in the moment it was chosen from: the editor no longer said which it was. */
export class RowLost extends Error {
  readonly kind = 'rowLost';

  constructor() {
    super(
      vscode.l10n.t('The list changed in that moment, so nothing was done. Choose from it again.'),
    );
  }
}

/** The part of `package.json` that says where commands are offered. */
export interface CommandMenus {
  readonly contributes: {
    readonly menus: {
      readonly commandPalette: readonly { readonly command: string; readonly when?: string }[];
    };
  };
}

/** The ids of the commands that mean a row: the palette never offers them. */
export function rowCommands({ contributes }: CommandMenus): ReadonlySet<string> {
  const hidden = contributes.menus.commandPalette.filter(({ when }) => when === 'false');
  return new Set(hidden.map(({ command }) => command));
}

/**
 * A command that means a row, and never does nothing in silence.
 * @throws RowLost if it is not told which row
 */
export function onRow(run: Command): Command {
  return (argument) => {
    if (argument === undefined) throw new RowLost();
    return run(argument);
  };
}
