import * as vscode from 'vscode';
import type { Logger } from '../../sync/logger.ts';
import { pageHtml } from './pageHtml.ts';

/** One of our pages. */
export interface PageKind<Told> {
  /** The id of its main part. */
  readonly name: string;
  /** In `dist/`. */
  readonly script: string;
  /** In `media/`. */
  readonly styles: readonly string[];
  /** What the page says, checked; undefined if that is nothing it may say. */
  readonly read: (data: unknown) => Promise<Told | undefined>;
}

/** What the owner of the page wants to know of it. */
export interface PageEvents<Told> {
  /** The page understood itself and says something. */
  readonly onMessage: (message: Told) => void | Promise<void>;
  readonly onDidClose: () => void;
}

/** The folders that the page may load files from. */
export function resourceRoots(extensionUri: vscode.Uri): vscode.Uri[] {
  return ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extensionUri, folder));
}

/** One web view with a page in it: its document, and the messages in both directions. */
export class PageWebview<Said, Told extends { readonly type: string }> {
  readonly #kind: PageKind<Told>;
  readonly #panel: vscode.WebviewPanel;
  readonly #extensionUri: vscode.Uri;
  readonly #events: PageEvents<Told>;
  readonly #logger: Logger;
  readonly #subscriptions: vscode.Disposable[];
  #images = false;
  #closed = false;
  /** A page that is hidden or still loading hears nothing; it asks once it is there. */
  #listening = false;

  /** @param images whether it may fetch images from elsewhere */
  constructor(
    kind: PageKind<Told>,
    panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    events: PageEvents<Told>,
    logger: Logger,
    images = false,
  ) {
    this.#kind = kind;
    this.#panel = panel;
    this.#extensionUri = extensionUri;
    this.#events = events;
    this.#logger = logger;
    this.#subscriptions = [
      panel.onDidDispose(() => this.#close()),
      panel.onDidChangeViewState(() => (this.#listening &&= panel.visible)),
      panel.webview.onDidReceiveMessage((data: unknown) => this.#receive(data)),
    ];
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: resourceRoots(extensionUri),
    };
    this.#load(images);
  }

  get isListening(): boolean {
    return this.#listening;
  }

  set title(title: string) {
    if (this.#panel.title !== title) this.#panel.title = title;
  }

  /** Lets the page fetch images from elsewhere, or not: a matter of its policy, so it reloads. */
  set images(images: boolean) {
    if (images !== this.#images) this.#load(images);
  }

  /** Brings the page to the front, where it is. */
  reveal(preserveFocus: boolean): void {
    // The editor takes its time to bring forward what is there already.
    if (!(preserveFocus && this.#panel.visible)) this.#panel.reveal(undefined, preserveFocus);
  }

  post(message: Said): void {
    if (!this.#listening) return;
    this.#panel.webview.postMessage(message).then(undefined, (error: unknown) => {
      this.#logger.warn(`The ${this.#kind.name} page could not be told: ${String(error)}`);
    });
  }

  #load(images: boolean): void {
    const { webview } = this.#panel;
    const address = (...names: string[]): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#extensionUri, ...names)).toString();
    this.#images = images;
    this.#listening = false;
    webview.html = pageHtml({
      cspSource: webview.cspSource,
      name: this.#kind.name,
      script: address('dist', this.#kind.script),
      styles: this.#kind.styles.map((style) => address('media', style)),
      toolkit: address('dist', 'vendor', 'toolkit.min.js'),
      nonce: globalThis.crypto.randomUUID(),
      language: vscode.env.language,
      title: this.#panel.title,
      loading: vscode.l10n.t('Loading…'),
      images,
    });
  }

  async #receive(data: unknown): Promise<void> {
    try {
      const message = await this.#kind.read(data);
      if (message === undefined) {
        this.#logger.warn(`The ${this.#kind.name} page said something that is not understood.`);
        return;
      }
      if (this.#closed) return;
      // What every page says once it has loaded and knows nothing yet.
      if (message.type === 'ready') this.#listening = true;
      await this.#events.onMessage(message);
    } catch (error) {
      this.#logger.error(`A click on the ${this.#kind.name} page failed: ${String(error)}`);
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listening = false;
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#events.onDidClose();
  }
}
