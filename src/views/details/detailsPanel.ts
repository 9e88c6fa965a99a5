import * as vscode from 'vscode';
import { janDeepLink } from '../../runtime/jan/janLink.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { Model, ModelId, SourceKey, SourceStatus, Variant } from '../../sync/model.ts';
import type { ModelHistory } from '../../sync/modelHistory.ts';
import type { CatalogueChange } from '../../sync/syncService.ts';
import type { Favourites } from '../favourites.ts';
import type { HardwareView } from '../hardware.ts';
import type { PageKind } from '../webview/pageWebview.ts';
import { PageWebview, resourceRoots } from '../webview/pageWebview.ts';
import type { FetchDetails } from './detailsLoader.ts';
import { DetailsLoader } from './detailsLoader.ts';
import type { DetailsLocal } from './detailsLocal.ts';
import type { DetailsSubject } from './detailsSubject.ts';
import { revisionOf } from './detailsSubject.ts';
import { buildDetailsView } from './detailsView.ts';
import { hostWording } from './hostWording.ts';
import { LocalPart } from './localPart.ts';
import { lmStudioDeepLink, modelAddress, modelFolder, resolveLink } from './links.ts';
import type { HostMessage, PageMessage } from './messages.ts';
import { runCommands } from './runCommands.ts';
import { shownVariants } from './variantRows.ts';

/** So long, in ms, a page waits for details from the cache, to be painted once and not twice. */
const PATIENCE = 50;
/** Ages on the page are in minutes. */
const REPAINT_INTERVAL = 60_000;

const PAGE: PageKind<PageMessage> = {
  name: 'details',
  script: 'page.js',
  styles: ['details.css'],
  // Loaded there, so that activation does not pay for the schemas.
  read: async (data) => (await import('./messageSchemas.lazy.ts')).readPageMessage(data),
};

export interface DetailsPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly model: (id: ModelId) => Model | undefined;
  readonly sources: (keys: readonly SourceKey[]) => SourceStatus[];
  readonly history: (id: ModelId) => ModelHistory;
  readonly details: FetchDetails;
  readonly local: DetailsLocal;
  readonly hardware: Pick<HardwareView, 'hardware' | 'onDidChange'>;
  readonly favourites: Pick<Favourites, 'has' | 'toggle' | 'onDidChange'>;
  /** What changed, or undefined if anything may have. */
  readonly onDidChange: vscode.Event<CatalogueChange | undefined>;
  /** The user has opened a model, or (undefined) closed the page. */
  readonly onDidShow: (id: ModelId | undefined) => void;
  /** Newer details of a model have come than were served before. */
  readonly onDidChangeDetails: vscode.Event<ModelId>;
  /** Whether the user wants remote images without asking for them, and whether the link bears them. */
  readonly images: () => { readonly wanted: boolean; readonly affordable: boolean };
  /** Address of the Hub. */
  readonly huggingFace: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The details page: one panel that shows one model at a time. */
export class DetailsPanel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  static readonly viewType = 'modelHub.details';

  readonly #options: DetailsPanelOptions;
  readonly #loader: DetailsLoader;
  readonly #local: LocalPart;
  readonly #subscription: vscode.Disposable;
  #view: PageWebview<HostMessage, PageMessage> | undefined;
  #id: ModelId | undefined;
  #images = false;
  #timer: Disposable | undefined;
  #painting: Disposable | undefined;

  constructor(options: DetailsPanelOptions) {
    this.#options = options;
    this.#loader = new DetailsLoader(options.details, () => this.#paint(), options.logger);
    const { local, clock, logger } = options;
    this.#local = new LocalPart({ local, clock, logger, onChange: () => this.#paint() });
    this.#subscription = vscode.Disposable.from(
      options.onDidChange((change) => this.#follow(change)),
      options.hardware.onDidChange(() => this.#paint()),
      options.favourites.onDidChange(() => this.#paint()),
      options.onDidChangeDetails((id) => id === this.#id && this.#loader.reload()),
    );
  }

  /** Shows a model, in the panel that is there or in a new one. */
  show(id: ModelId, { preserveFocus = true }: { preserveFocus?: boolean } = {}): void {
    const again = this.#id === id;
    const { wanted, affordable } = this.#options.images();
    this.#switchTo(id, (again && this.#images) || (wanted && affordable));
    if (again) this.#loader.reload();
    this.#options.onDidShow(id);
    if (this.#view === undefined) {
      this.#open(
        vscode.window.createWebviewPanel(
          DetailsPanel.viewType,
          id,
          { viewColumn: vscode.ViewColumn.Active, preserveFocus },
          {
            enableScripts: true,
            enableFindWidget: true,
            localResourceRoots: resourceRoots(this.#options.extensionUri),
          },
        ),
      );
    } else {
      this.#view.images = this.#images;
      this.#view.reveal(preserveFocus);
    }
    this.#paintSoon();
  }

  /** Brings the panel of the last session back. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, data: unknown): Promise<void> {
    const { readPageState } = await import('./messageSchemas.lazy.ts');
    const state = readPageState(data);
    // There is one panel only: what was opened meanwhile is newer than what is restored.
    if (state === undefined || this.#view !== undefined) {
      panel.dispose();
      return;
    }
    this.#switchTo(state.id, state.images && this.#options.images().affordable);
    this.#open(panel);
    this.#paint();
  }

  /** Stops. The panel itself stays open, because that is what the next session restores. */
  dispose(): void {
    this.#subscription.dispose();
    this.#local.dispose();
    this.#timer?.dispose();
    this.#painting?.dispose();
    this.#loader.clear();
  }

  #open(panel: vscode.WebviewPanel): void {
    const { extensionUri, clock, logger } = this.#options;
    const events = {
      onMessage: (message: PageMessage) => this.#answer(message),
      onDidClose: () => this.#closed(),
    };
    this.#view = new PageWebview(PAGE, panel, extensionUri, events, logger, this.#images);
    const tick = (): void => {
      this.#paint();
      this.#timer = clock.after(REPAINT_INTERVAL, tick);
    };
    this.#timer = clock.after(REPAINT_INTERVAL, tick);
  }

  #closed(): void {
    this.#timer?.dispose();
    this.#painting?.dispose();
    this.#loader.clear();
    this.#local.show(undefined);
    this.#view = undefined;
    this.#id = undefined;
    this.#images = false;
    this.#options.onDidShow(undefined);
  }

  #switchTo(id: ModelId, images: boolean): void {
    if (this.#id !== id) this.#loader.clear();
    this.#id = id;
    this.#images = images;
    this.#local.show(id);
    this.#load();
  }

  /** Asks for the details that belong to what the catalogue says now. */
  #load(): void {
    if (this.#id === undefined) return;
    const { model } = this.#read(this.#id);
    if (model !== undefined) this.#loader.load(this.#id, revisionOf(model));
  }

  #follow(change: CatalogueChange | undefined): void {
    const id = this.#id;
    if (id === undefined) return;
    const lists = change === undefined ? [[id]] : [change.added, change.updated, change.removed];
    if (!lists.some((ids) => ids.includes(id))) return;
    this.#load();
    this.#paint();
  }

  /** Paints once the details are there, and without them if they are not there soon. */
  #paintSoon(): void {
    this.#painting?.dispose();
    const { phase, details } = this.#loader.state;
    if (phase !== 'loading' || details !== undefined) this.#paint();
    else this.#painting = this.#options.clock.after(PATIENCE, () => this.#paint());
  }

  #paint(): void {
    this.#painting?.dispose();
    const id = this.#id;
    const view = this.#view;
    if (id === undefined || view === undefined) return;
    if (!view.isListening) {
      view.title = this.#read(id).model?.name ?? id;
      return;
    }
    this.#local.estimate();
    const subject = this.#subject(id);
    view.title = subject.model?.name ?? id;
    view.post({ type: 'show', view: buildDetailsView(subject, hostWording) });
  }

  #subject(id: ModelId): DetailsSubject {
    const { clock, hardware, favourites, history, huggingFace } = this.#options;
    return {
      id,
      ...this.#read(id),
      history: history(id),
      favourite: favourites.has(id),
      details: this.#loader.state,
      local: this.#local.subject,
      hardware: hardware.hardware,
      images: this.#images,
      endpoint: huggingFace(),
      now: clock.now(),
    };
  }

  /** What the catalogue says. That it cannot be read is something to show, not to fail from. */
  #read(id: ModelId): Pick<DetailsSubject, 'model' | 'sources' | 'trouble'> {
    try {
      const model = this.#options.model(id);
      return { model, sources: this.#options.sources(model?.sources ?? []) };
    } catch (error) {
      const { message } = SyncError.from(error);
      this.#options.logger.warn(`The details of ${id} cannot be shown: ${message}`);
      return { model: undefined, sources: [], trouble: message };
    }
  }

  async #answer(message: PageMessage): Promise<void> {
    const id = this.#id;
    const view = this.#view;
    if (id === undefined || view === undefined) return;
    const { t } = vscode.l10n;
    switch (message.type) {
      case 'ready':
        this.#paint();
        return;
      case 'retry':
        this.#load();
        this.#loader.reload();
        this.#paint();
        return;
      case 'showImages':
        this.#images = true;
        view.images = true;
        return;
      case 'download':
      case 'pause':
      case 'resume':
      case 'cancel': {
        const said = await this.#local.answer(message, this.#subject(id), hostWording);
        if (said !== undefined) this.#say(said);
        return;
      }
      case 'setToken':
        await vscode.commands.executeCommand('modelHub.setToken');
        return;
      case 'toggleFavourite':
        return this.#options.favourites.toggle(id);
      case 'copyId':
        return this.#copy(id, t('The model id is copied.'));
      case 'copySha256':
        return this.#copy(message.sha256, t('The SHA-256 is copied.'));
      case 'copyCommand': {
        const text = this.#command(id, message);
        if (text !== undefined) return this.#copy(text, t('The command is copied.'));
        this.#say(t('This variant is no longer published.'));
        return;
      }
      case 'openInJan':
        return this.#openExternal(janDeepLink(id));
      case 'openInLmStudio': {
        const file = this.#variant(id, message.variant)?.files[0]?.path;
        return this.#openExternal(lmStudioDeepLink(id, file));
      }
      case 'openOnHub':
        return this.#openExternal(modelAddress(this.#options.huggingFace(), id));
      case 'openLink': {
        const address = resolveLink(message.href, this.#linkBase(id));
        if (address !== undefined) return this.#openExternal(address);
        this.#say(t('This link is not opened: it does not lead to a web page.'));
        return;
      }
    }
  }

  #variant(id: ModelId, name: string): Variant | undefined {
    return shownVariants(this.#subject(id)).variants.find((one) => one.name === name);
  }

  #command(
    id: ModelId,
    { variant: name, command }: Extract<PageMessage, { readonly type: 'copyCommand' }>,
  ): string | undefined {
    const variant = this.#variant(id, name);
    if (variant === undefined) return undefined;
    const commands = runCommands(id, variant, this.#local.subject.installed, hostWording);
    return commands.find(({ key }) => key === command)?.text;
  }

  #linkBase(id: ModelId): string {
    const { model } = this.#read(id);
    const revision = this.#loader.state.revision ?? revisionOf(model ?? {});
    return modelFolder(this.#options.huggingFace(), id, 'blob', revision);
  }

  async #copy(text: string, said: string): Promise<void> {
    try {
      await vscode.env.clipboard.writeText(text);
      this.#say(said);
    } catch (error) {
      this.#say(vscode.l10n.t('The clipboard could not be written: {0}', String(error)));
    }
  }

  async #openExternal(address: string): Promise<void> {
    try {
      await vscode.env.openExternal(vscode.Uri.parse(address, true));
    } catch (error) {
      this.#say(vscode.l10n.t('The address could not be opened: {0}', String(error)));
    }
  }

  #say(text: string): void {
    this.#view?.post({ type: 'say', text });
  }
}
