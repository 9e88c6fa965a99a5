import { t } from '@vscode/l10n';
import type { Hardware } from '../device/hardware.ts';
import type { DownloadPlan, DownloadStatus, TargetKind, UpdatePreview } from '../download/model.ts';
import type { CatalogueAccess } from '../runtime/catalogueAccess.ts';
import type { ChatEnd, ChatPart, ChatRequest, TokenCount } from '../runtime/chat/conversation.ts';
import type { InstalledEntry, InstalledSnapshot } from '../runtime/installed.ts';
import type { Removal } from '../runtime/removal.ts';
import type { Verdict } from '../runtime/verification.ts';
import type { Clock, Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { ModelId } from '../sync/model.ts';
import type { Translations } from '../sync/worker/language.ts';
import { WorkerThread } from '../sync/worker/workerThread.ts';
import type {
  Circumstances,
  LocalApi,
  LocalEvents,
  LocalOptions,
  LocalSettings,
  MachineApi,
} from './localApi.ts';
import { LOCAL_ERRORS } from './localErrors.ts';

/** How long after an unexpected end what was going on is taken up again, in ms. */
const RESTART_DELAY = 10_000;

export interface LocalClientOptions {
  /** The file of the thread's program: `localWorker`. */
  readonly program: string;
  readonly options: () => Promise<LocalOptions>;
  /** Answers what the thread asks of the catalogue. */
  readonly catalogue: CatalogueAccess;
  /** See WorkerThreadOptions.translations. */
  readonly translations?: Translations | undefined;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onDidChangeDownloads: (downloads: LocalEvents['downloads']) => void;
  readonly onDidChangeInstalled: (installed: LocalEvents['installed']) => void;
  readonly onDidChangeSharedCache: (status: LocalEvents['sharedCache']) => void;
  readonly onDidFinish: (download: LocalEvents['finished']) => void;
}

/**
 * Bytes that come and go should be let go of at once: with the usual nursery of 16 MB and more, a
 * fast download piles up dozens of megabytes before they are collected.
 */
const LIMITS = { maxYoungGenerationSizeMb: 2 };

/**
 * This machine's part as the extension host sees it: in a thread of its own, started when it is
 * first asked. What the window tells it by itself does not start it.
 */
export class LocalClient implements LocalApi, MachineApi {
  readonly #options: LocalClientOptions;
  readonly #thread: WorkerThread<undefined>;
  #circumstances: Circumstances | undefined;
  /** A download was going on when it was last heard of. */
  #busy = false;
  #restart: Disposable | undefined;

  constructor(options: LocalClientOptions) {
    this.#options = options;
    this.#thread = new WorkerThread({
      name: 'thread of downloads and runtimes',
      program: () => options.program,
      data: options.options,
      limits: LIMITS,
      lost: t(
        'The part of Model Hub that downloads models and looks after what is installed ended unexpectedly. Try again: it starts again, and downloads go on where they were.',
      ),
      errors: LOCAL_ERRORS,
      translations: options.translations,
      fetch: options.fetch,
      logger: options.logger,
      prepare: (peer) => {
        const { catalogue } = options;
        peer.on('downloads', (downloads: LocalEvents['downloads']) => {
          this.#busy = downloads.some(({ state }) => state === 'running' || state === 'waiting');
          options.onDidChangeDownloads(downloads);
        });
        peer.on('installed', options.onDidChangeInstalled);
        peer.on('sharedCache', options.onDidChangeSharedCache);
        peer.on('finished', options.onDidFinish);
        peer.handle('origins', (sha256: string[], signal) => catalogue.origins(sha256, signal));
        peer.handle('searchCommits', ({ id, sha256 }: { id: ModelId; sha256: string[] }, signal) =>
          catalogue.searchCommits(id, sha256, signal),
        );
        peer.handle('files', ({ id, revision }: { id: ModelId; revision: string }, signal) =>
          catalogue.files(id, revision, signal),
        );
        peer.handle('heads', (ids: ModelId[]) => catalogue.heads(ids));
      },
      onDidStart: () => {
        if (this.#circumstances !== undefined) this.#tell('circumstances', this.#circumstances);
      },
      onDidEnd: () => this.#goOnLater(),
    });
  }

  /** Starts the thread, if it does not run: downloads that wait go on. */
  async launch(): Promise<void> {
    await this.#thread.start();
  }

  configure(settings: LocalSettings): Promise<void> {
    return this.#thread.callIfRunning('configure', settings);
  }

  circumstances(now: Circumstances): Promise<void> {
    this.#circumstances = now;
    return this.#thread.callIfRunning('circumstances', now);
  }

  networkChanged(): Promise<void> {
    return this.#thread.callIfRunning('networkChanged');
  }

  async download(plan: DownloadPlan, target: TargetKind): Promise<DownloadStatus> {
    return (await this.#thread.call('download', { plan, target })) as DownloadStatus;
  }

  async previewUpdate(
    plan: DownloadPlan,
    target: TargetKind,
    signal?: AbortSignal,
  ): Promise<UpdatePreview> {
    return (await this.#thread.call('previewUpdate', { plan, target }, signal)) as UpdatePreview;
  }

  async pull(runtime: string, plan: DownloadPlan): Promise<DownloadStatus> {
    return (await this.#thread.call('pull', { runtime, plan })) as DownloadStatus;
  }

  async pause(id: string): Promise<void> {
    await this.#thread.call('pause', id);
  }

  async resume(id: string): Promise<void> {
    await this.#thread.call('resume', id);
  }

  async cancel(id: string): Promise<void> {
    await this.#thread.call('cancel', id);
  }

  async dismiss(id: string): Promise<void> {
    await this.#thread.call('dismiss', id);
  }

  async downloads(): Promise<readonly DownloadStatus[]> {
    return (await this.#thread.call('downloads')) as readonly DownloadStatus[];
  }

  async installed(): Promise<InstalledSnapshot> {
    return (await this.#thread.call('installed')) as InstalledSnapshot;
  }

  async rescan(signal?: AbortSignal): Promise<InstalledSnapshot> {
    return (await this.#thread.call('rescan', undefined, signal)) as InstalledSnapshot;
  }

  catalogueChanged(): Promise<void> {
    return this.#thread.callIfRunning('catalogueChanged');
  }

  async verify(key: string, signal?: AbortSignal): Promise<Verdict> {
    return (await this.#thread.call('verify', key, signal)) as Verdict;
  }

  async start(key: string, signal?: AbortSignal): Promise<void> {
    await this.#thread.call('start', key, signal);
  }

  async stop(key: string, signal?: AbortSignal): Promise<void> {
    await this.#thread.call('stop', key, signal);
  }

  async recheck(key: string, signal?: AbortSignal): Promise<InstalledEntry> {
    return (await this.#thread.call('recheck', key, signal)) as InstalledEntry;
  }

  async chat(
    key: string,
    request: ChatRequest,
    onPart: (part: ChatPart) => void,
    signal?: AbortSignal,
  ): Promise<ChatEnd> {
    const hear = (part: unknown): void => onPart(part as ChatPart);
    return (await this.#thread.call('chat', { key, request }, signal, hear)) as ChatEnd;
  }

  async countTokens(key: string, text: string, signal?: AbortSignal): Promise<TokenCount> {
    return (await this.#thread.call('countTokens', { key, text }, signal)) as TokenCount;
  }

  async remove(key: string, signal?: AbortSignal): Promise<void> {
    await this.#thread.call('remove', key, signal);
  }

  async removal(key: string): Promise<Removal> {
    return (await this.#thread.call('removal', key)) as Removal;
  }

  async rollBack(key: string, signal?: AbortSignal): Promise<void> {
    await this.#thread.call('rollBack', key, signal);
  }

  async keptRemoval(key: string): Promise<Removal> {
    return (await this.#thread.call('keptRemoval', key)) as Removal;
  }

  async keptRemoved(key: string): Promise<void> {
    await this.#thread.call('keptRemoved', key);
  }

  async adopt(key: string, runtime: string, signal?: AbortSignal): Promise<string> {
    return (await this.#thread.call('adopt', { key, runtime }, signal)) as string;
  }

  async mergeDuplicates(signal?: AbortSignal): Promise<{ readonly freedBytes: number }> {
    const merged = await this.#thread.call('mergeDuplicates', undefined, signal);
    return merged as { readonly freedBytes: number };
  }

  async hardware(): Promise<Hardware> {
    return (await this.#thread.call('hardware')) as Hardware;
  }

  /** Lets go of runtimes and downloads, which another window may go on with; for good. */
  async close(): Promise<void> {
    this.#restart?.dispose();
    await this.#thread.close();
  }

  #tell(method: string, argument: unknown): void {
    this.#thread.callIfRunning(method, argument).catch((error: unknown) => {
      this.#options.logger.warn(`${method} was not heard: ${describeError(error)}`);
    });
  }

  /** Nobody asks anything while a download runs, so nobody would notice that it does no longer. */
  #goOnLater(): void {
    if (!this.#busy) return;
    const { clock, logger } = this.#options;
    this.#restart?.dispose();
    this.#restart = clock.after(RESTART_DELAY, () => {
      this.launch().catch((error: unknown) => {
        logger.error(`Downloads do not go on: ${describeError(error)}`);
      });
    });
  }
}
