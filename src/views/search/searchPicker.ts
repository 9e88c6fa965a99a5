import * as vscode from 'vscode';
import type { Clock } from '../../sync/clock.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import { variantLabel } from '../details/variantRows.ts';
import { formatSize } from '../format.ts';
import { isPageInSight } from '../pageInSight.ts';
import { SteadyInput } from '../steadyInput.ts';
import type { QueryRow, SearchRow } from './searchRows.ts';
import type { SearchSession } from './searchSession.ts';

/** What can be done with what is found. */
export interface SearchActions {
  readonly open: (model: Model) => void;
  readonly lookUp: (id: ModelId) => void;
  readonly download: (model: Model, variant: string) => void;
  readonly toggleFavourite: (id: ModelId) => void;
  /** Shows the catalogue with what answers to the query, and nothing else. */
  readonly showInTree: (query: string) => void;
  /** A search led somewhere; `found`: the models that it had found, from top to bottom. */
  readonly remember: (query: string, found: readonly ModelId[]) => void;
  readonly forget: (query: string) => void;
  /** Keeps a search, on all machines; or no longer. */
  readonly save: (query: string, saved: boolean) => void;
}

interface Item extends vscode.QuickPickItem {
  readonly row: SearchRow;
}

interface Button extends vscode.QuickInputButton {
  readonly act: () => void;
  /** The list is of no more use then. */
  readonly closes: boolean;
}

/** The list that answers while the user types. */
export class SearchPicker implements vscode.Disposable {
  readonly #session: SearchSession;
  readonly #actions: SearchActions;
  readonly #pick: vscode.QuickPick<Item>;
  readonly #subscription: vscode.Disposable;
  readonly #steady: SteadyInput;
  #closed = false;

  constructor(
    session: SearchSession,
    actions: SearchActions,
    text: string,
    clock: Pick<Clock, 'now'>,
  ) {
    this.#session = session;
    this.#actions = actions;
    const pick = (this.#pick = vscode.window.createQuickPick<Item>());
    pick.title = vscode.l10n.t('Search Models');
    pick.placeholder = vscode.l10n.t('Name, owner/name or address; @fits license:mit size:<8gb …');
    pick.value = text;
    const saving: vscode.QuickInputButton = {
      iconPath: new vscode.ThemeIcon('bookmark'),
      tooltip: vscode.l10n.t('Save This Search'),
    };
    pick.buttons = [
      {
        iconPath: new vscode.ThemeIcon('list-filter'),
        tooltip: vscode.l10n.t('Show in the Catalogue View'),
      },
      saving,
    ];
    // The order is ours. Unlike `alwaysShow`, this is not among the types of the stable API.
    Object.assign(pick, { sortByLabel: false });
    this.#subscription = vscode.Disposable.from(
      pick.onDidChangeValue(() => this.#listAfresh()),
      pick.onDidAccept(() => this.#accept()),
      pick.onDidTriggerItemButton(({ button }) => this.#press(button as Button)),
      pick.onDidTriggerButton((button) => {
        if (button === saving) actions.save(pick.value, true);
        else this.#leave(() => actions.showInTree(pick.value));
      }),
    );
    this.#list();
    this.#steady = new SteadyInput(pick, clock, isPageInSight, () => this.dispose());
  }

  /** Lists anew what may be another now, and stays at the row and at the rows where the user is. */
  update(): void {
    if (this.#closed) return;
    const active = this.#pick.activeItems[0]?.row.key;
    this.#pick.keepScrollPosition = true;
    this.#list();
    const again = this.#pick.items.find(({ row }) => row.key === active);
    if (again !== undefined) this.#pick.activeItems = [again];
  }

  dispose(): void {
    this.#closed = true;
    this.#subscription.dispose();
    this.#steady.dispose();
    this.#session.dispose();
    this.#pick.dispose();
  }

  /** What answers to another text is seen from its top. */
  #listAfresh(): void {
    this.#pick.keepScrollPosition = false;
    this.#list();
  }

  #list(): void {
    const pick = this.#pick;
    pick.items = this.#session.rows(pick.value).map((row) => this.#item(row));
    pick.busy = this.#session.busy;
  }

  #accept(): void {
    const row = this.#pick.selectedItems[0]?.row;
    switch (row?.type) {
      case 'model':
        this.#leave(() => this.#actions.open(row.model));
        return;
      case 'lookUp':
        this.#leave(() => this.#actions.lookUp(row.id));
        return;
      case 'query':
        this.#pick.value = row.query;
        this.#listAfresh();
        return;
      case 'heading':
      case 'note':
      case undefined:
        return;
    }
  }

  #press(button: Button): void {
    if (button.closes) {
      this.#leave(button.act);
      return;
    }
    button.act();
    this.update();
  }

  #leave(act: () => void): void {
    const found = this.#pick.items.flatMap(({ row }) => (row.type === 'model' ? row.model.id : []));
    this.#actions.remember(this.#pick.value, found);
    this.#steady.close();
    act();
  }

  #item(row: SearchRow): Item {
    if (row.type === 'heading') {
      return { row, label: row.label, kind: vscode.QuickPickItemKind.Separator };
    }
    const label = withoutIcons(row.label);
    const item = { row, label, alwaysShow: true, buttons: this.#buttons(row) };
    switch (row.type) {
      case 'model':
        return { ...item, description: withoutIcons(row.description) };
      case 'lookUp':
        return { ...item, iconPath: new vscode.ThemeIcon('cloud') };
      case 'query':
        return { ...item, ...(row.past && { iconPath: pastIcon(row) }) };
      case 'note':
        return { ...item, iconPath: new vscode.ThemeIcon('info') };
    }
  }

  #buttons(row: SearchRow): Button[] {
    const { t } = vscode.l10n;
    const { open, download, toggleFavourite, forget, save } = this.#actions;
    const button = (icon: string, tooltip: string, closes: boolean, act: () => void): Button => ({
      ...{ iconPath: new vscode.ThemeIcon(icon), tooltip, closes, act },
    });
    if (row.type === 'query' && row.saved) {
      return [button('close', t('Remove Saved Search'), false, () => save(row.query, false))];
    }
    if (row.type === 'query' && row.past) {
      return [
        button('bookmark', t('Save This Search'), false, () => save(row.query, true)),
        button('close', t('Remove from History'), false, () => forget(row.query)),
      ];
    }
    if (row.type !== 'model') return [];
    const { model, variant, isFavourite } = row;
    return [
      button('open-preview', t('Open Details'), true, () => open(model)),
      ...(variant === undefined
        ? []
        : [
            button(
              'cloud-download',
              t('Download {0}, {1}', variantLabel(variant), formatSize(variant.size)),
              true,
              () => download(model, variant.name),
            ),
          ]),
      button(
        isFavourite ? 'star-full' : 'star-empty',
        isFavourite ? t('Remove from Favourites') : t('Add to Favourites'),
        false,
        () => toggleFavourite(model.id),
      ),
    ];
  }
}

function pastIcon({ saved }: QueryRow): vscode.ThemeIcon {
  return new vscode.ThemeIcon(saved ? 'bookmark' : 'history');
}

/** The editor would make an icon of `$(name)`, whoever wrote it. */
function withoutIcons(text: string): string {
  return text.replaceAll('$(', '$ (');
}
