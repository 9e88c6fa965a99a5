import * as vscode from 'vscode';
import { hostWording } from '../details/hostWording.ts';
import type { Arranged } from './arrangement.ts';
import { GROUPINGS, ORDERS } from './arrangement.ts';
import { groupingText, orderText } from './arrangementText.ts';

type Choice = Partial<Pick<Arranged, 'grouping' | 'order'>>;

interface Item extends vscode.QuickPickItem {
  readonly choice: Choice;
}

/** Lets the user choose another grouping or order; undefined if none is wanted. */
export async function pickArrangement({ grouping, order }: Arranged): Promise<Choice | undefined> {
  const { t } = vscode.l10n;
  const item = (label: string, isCurrent: boolean, choice: Choice): Item => ({
    label,
    choice,
    iconPath: new vscode.ThemeIcon(isCurrent ? 'check' : 'blank'),
    ...(isCurrent && { description: t('as it is now') }),
  });
  const heading = (label: string): Item => ({
    ...{ label, kind: vscode.QuickPickItemKind.Separator, choice: {} },
  });
  const picked = await vscode.window.showQuickPick(
    [
      heading(t('Group By')),
      ...GROUPINGS.map((one) =>
        item(t('Group by {0}', groupingText(one, hostWording)), one === grouping, {
          grouping: one,
        }),
      ),
      heading(t('Sort By')),
      ...ORDERS.map((one) =>
        item(t('Sort by {0}', orderText(one, hostWording)), one === order, { order: one }),
      ),
    ],
    { title: t('Group and Sort') },
  );
  return picked?.choice;
}
