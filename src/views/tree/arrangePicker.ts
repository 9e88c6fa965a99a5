import * as vscode from 'vscode';
import type { Clock } from '../../sync/clock.ts';
import { hostWording } from '../details/hostWording.ts';
import { isPageInSight } from '../pageInSight.ts';
import { SteadyInput } from '../steadyInput.ts';
import type { Arranged } from './arrangement.ts';
import { GROUPINGS, orderOf, ORDERS } from './arrangement.ts';
import { groupingTexts, orderTexts } from './arrangementText.ts';

type Choice = Partial<Pick<Arranged, 'grouping' | 'order'>>;

interface Item extends vscode.QuickPickItem {
  readonly choice: Choice;
}

/** Lets the user choose another grouping or order; undefined if none is wanted. */
export function pickArrangement(
  arranged: Arranged,
  clock: Pick<Clock, 'now'>,
): Promise<Choice | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Group and Sort');
  pick.items = itemsFor(arranged);
  return new Promise((resolve) => {
    const steady = new SteadyInput(pick, clock, isPageInSight, () => {
      resolve(undefined);
      steady.dispose();
      pick.dispose();
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.choice);
      steady.close();
    });
  });
}

function itemsFor(arranged: Arranged): Item[] {
  const { grouping, filter } = arranged;
  const { t } = vscode.l10n;
  const asItIs = t('as it is now');
  const asSorted = filter?.query.sort === undefined ? asItIs : t('as the filter says');
  const item = (label: string, current: string | undefined, choice: Choice): Item => ({
    label,
    choice,
    iconPath: new vscode.ThemeIcon(current === undefined ? 'blank' : 'check'),
    ...(current !== undefined && { description: current }),
  });
  const heading = (label: string): Item => ({
    ...{ label, kind: vscode.QuickPickItemKind.Separator, choice: {} },
  });
  return [
    heading(t('Group By')),
    ...GROUPINGS.map((one) =>
      item(groupingTexts(one, hostWording).choice, one === grouping ? asItIs : undefined, {
        grouping: one,
      }),
    ),
    heading(t('Sort By')),
    ...ORDERS.map((one) =>
      item(orderTexts(one, hostWording).choice, one === orderOf(arranged) ? asSorted : undefined, {
        order: one,
      }),
    ),
  ];
}
