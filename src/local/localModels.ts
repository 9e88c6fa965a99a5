import type { DownloadService } from '../download/downloadService.ts';
import { Hasher } from '../download/file/hasher.ts';
import type { DownloadPlan, DownloadStatus, TargetKind, UpdatePreview } from '../download/model.ts';
import type { CatalogueAccess } from '../runtime/catalogueAccess.ts';
import type { ChatEnd, ChatPart, ChatRequest, TokenCount } from '../runtime/chat/conversation.ts';
import { IdentityHasher } from '../runtime/identityHasher.ts';
import { IdentityStore } from '../runtime/identityStore.ts';
import type { InstalledEntry, InstalledSnapshot } from '../runtime/installed.ts';
import { InstalledModels } from '../runtime/installedModels.ts';
import type { Removal } from '../runtime/removal.ts';
import type { RuntimeKind } from '../runtime/runtime.ts';
import { Throttle } from '../runtime/throttle.ts';
import type { Verdict } from '../runtime/verification.ts';
import type { Clock } from '../sync/clock.ts';
import { tokenCommand } from '../sync/engineOptions.ts';
import type { Machine } from '../sync/gateway/cortexDiscovery.ts';
import type { Transport } from '../sync/http/transport.ts';
import type { Logger } from '../sync/logger.ts';
import { InstalledActions } from './installedActions.ts';
import { KeptEntries } from './keptEntries.ts';
import type {
  Circumstances,
  LocalApi,
  LocalEvents,
  LocalOptions,
  LocalSettings,
} from './localApi.ts';
import { LocalChat } from './localChat.ts';
import type { LocalDownloads } from './localDownloads.ts';
import { openDownloads } from './localDownloads.ts';
import { localFiles } from './localFiles.ts';
import { LocalNetwork } from './localNetwork.ts';
import { LocalRuntimes } from './localRuntimes.ts';
import { ObservedPulls } from './observedPulls.ts';
import { verifyPulled } from './pulledModels.ts';
import { RuntimePulls } from './runtimePulls.ts';

/** Not told of downloads more often than this, in ms. */
const TELL_INTERVAL = 250;

export interface LocalServices {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly machine: Machine;
  readonly catalogue: CatalogueAccess;
  /** Tried where our own connections fail. */
  readonly fallback?: Transport;
  readonly onDidChangeDownloads: (downloads: LocalEvents['downloads']) => void;
  readonly onDidChangeInstalled: (installed: LocalEvents['installed']) => void;
  readonly onDidChangeSharedCache: (status: LocalEvents['sharedCache']) => void;
  readonly onDidFinish: (download: LocalEvents['finished']) => void;
}

/** Downloads, runtimes, and what is installed on this machine. Blocks: keep it off a UI thread. */
export class LocalModels implements LocalApi {
  readonly #services: LocalServices;
  readonly #network: LocalNetwork;
  readonly #runtimes: LocalRuntimes;
  readonly #hasher: Hasher;
  readonly #identities: IdentityStore;
  readonly #background: IdentityHasher;
  readonly #installed: InstalledModels;
  readonly #downloads: DownloadService;
  readonly #localDownloads: LocalDownloads;
  readonly #actions: InstalledActions;
  readonly #kept: KeptEntries;
  readonly #pulls: RuntimePulls;
  readonly #chat: LocalChat;
  readonly #observed: ObservedPulls;
  readonly #telling: Throttle;
  readonly #closing = new AbortController();
  #settings: LocalSettings;
  #isOpen = false;
  #closed: Promise<void> | undefined;

  constructor(
    { storage, userAgent, settings, hashProgram }: LocalOptions,
    services: LocalServices,
  ) {
    const { clock, logger, machine, catalogue, fallback } = services;
    const tokenFor = (origin: string): string | undefined =>
      this.#settings.tokens[origin] ?? this.#runtimes.keyFor(origin);
    this.#services = services;
    this.#settings = settings;
    this.#network = new LocalNetwork({
      ...{ network: settings.network, fallback, tokenFor, userAgent, clock, logger },
    });
    const { session, send, talk } = this.#network;
    this.#chat = new LocalChat({
      ...{ session, send: talk, tokenFor, userAgent, clock, logger },
      entry: async (key) => (await this.#actions.entry(key)).entry,
    });
    this.#runtimes = new LocalRuntimes({ settings, machine, session, clock, logger });
    this.#hasher = new Hasher({ program: hashProgram, clock });
    this.#identities = new IdentityStore({ storage, now: clock.now(), logger });
    this.#background = new IdentityHasher({
      ...{ store: this.#identities, hasher: this.#hasher, clock, logger },
      onDidProve: () => this.#installed.reconsider(),
    });
    this.#installed = new InstalledModels({
      ...{ store: this.#identities, hasher: this.#background, catalogue, clock, logger },
      onDidChange: (snapshot) => {
        services.onDidChangeInstalled(snapshot);
        void this.#kept.complete(this.#closing.signal);
      },
    });
    this.#installed.setRuntimes(this.#runtimes.all);
    this.#actions = new InstalledActions({
      ...{ installed: this.#installed, identities: this.#identities, hasher: this.#background },
      runtimes: () => this.#runtimes.all,
      origins: (sha256, signal) => catalogue.origins(sha256, signal),
      until: (signal) => this.#until(signal),
      logger,
    });
    this.#telling = new Throttle(clock, TELL_INTERVAL, () => {
      services.onDidChangeDownloads(this.#allDownloads());
      services.onDidChangeSharedCache(this.#localDownloads.sharedCache());
    });
    this.#observed = new ObservedPulls({ clock, onDidChange: () => this.#tell() });
    this.#observed.setRuntimes(this.#runtimes.all);
    this.#pulls = new RuntimePulls({
      clock,
      onDidChange: () => this.#tell(),
      verify: (pulled, { signal, onProgress }) => {
        // The runtime has it by now, whatever comes of this.
        this.#rescan([pulled.runtime.kind]);
        return verifyPulled(pulled, {
          ...{ hasher: this.#background, logger, onProgress, signal: this.#until(signal) },
        });
      },
      onDidFinish: ({ kind }, download) => this.#finished(download, [kind]),
    });
    this.#localDownloads = openDownloads({
      ...{ storage, machine, userAgent, clock, logger, send, random: services.random },
      store: talk,
      settings: () => this.#settings,
      hasher: this.#hasher,
      tokenFor: (origin) => this.#settings.tokens[origin],
      tokenCommand: (origin) =>
        origin === new URL(this.#settings.huggingFace).origin ? tokenCommand() : undefined,
      ...localFiles({
        ...{ installed: this.#installed, store: this.#identities, logger },
        origins: (sha256, signal) => catalogue.origins(sha256, signal),
        signal: this.#closing.signal,
      }),
      onDidChange: () => this.#tell(),
      onDidFinish: (download) => this.#finished(download),
    });
    this.#downloads = this.#localDownloads.service;
    this.#kept = new KeptEntries({
      ...{ installed: this.#installed, revisions: this.#downloads.kept, clock, logger },
    });
    this.#isOpen = true;
    // What waits from before is told without being asked for.
    this.#tell();
  }

  async configure(settings: LocalSettings): Promise<void> {
    this.#settings = settings;
    this.#network.configure(settings.network);
    this.#localDownloads.configure(settings);
    this.#runtimes.configure(settings);
    this.#installed.setRuntimes(this.#runtimes.all);
    this.#observed.setRuntimes(this.#runtimes.all);
    await Promise.resolve();
  }

  async circumstances(now: Circumstances): Promise<void> {
    this.#localDownloads.circumstances(now);
    this.#background.setIdle(now.idle);
    this.#installed.setIdle(now.idle);
    this.#installed.setVisible(now.visible);
    await Promise.resolve();
  }

  async networkChanged(): Promise<void> {
    this.#network.changed();
    this.#localDownloads.networkChanged();
    await Promise.resolve();
  }

  download(plan: DownloadPlan, target: TargetKind): Promise<DownloadStatus> {
    return this.#downloads.download(plan, target);
  }

  previewUpdate(
    plan: DownloadPlan,
    target: TargetKind,
    signal?: AbortSignal,
  ): Promise<UpdatePreview> {
    return this.#downloads.preview(plan, target, this.#until(signal));
  }

  async pull(runtime: string, plan: DownloadPlan): Promise<DownloadStatus> {
    return await Promise.resolve(this.#pulls.begin(this.#actions.runtime(runtime), plan));
  }

  async pause(id: string): Promise<void> {
    if (!this.#isPull(id)) this.#downloads.pause(id);
    await Promise.resolve();
  }

  async resume(id: string): Promise<void> {
    if (this.#pulls.has(id)) this.#pulls.resume(id);
    else this.#downloads.resume(id);
    await Promise.resolve();
  }

  async cancel(id: string): Promise<void> {
    if (this.#pulls.has(id)) await this.#pulls.cancel(id);
    else if (this.#observed.has(id)) await this.#observed.cancel(id, this.#closing.signal);
    else await this.#downloads.cancel(id);
  }

  async dismiss(id: string): Promise<void> {
    if (this.#pulls.has(id)) this.#pulls.dismiss(id);
    else await this.#downloads.dismiss(id);
  }

  async downloads(): Promise<readonly DownloadStatus[]> {
    return await Promise.resolve(this.#allDownloads());
  }

  async installed(): Promise<InstalledSnapshot> {
    void this.#installed.ready();
    return await Promise.resolve(this.#installed.snapshot);
  }

  rescan(signal?: AbortSignal): Promise<InstalledSnapshot> {
    return this.#installed.rescan(signal);
  }

  async catalogueChanged(): Promise<void> {
    this.#installed.catalogueChanged();
    await Promise.resolve();
  }

  verify(key: string, signal?: AbortSignal): Promise<Verdict> {
    return this.#actions.verify(key, signal);
  }

  start(key: string, signal?: AbortSignal): Promise<void> {
    return this.#actions.act(key, 'start', signal);
  }

  stop(key: string, signal?: AbortSignal): Promise<void> {
    return this.#actions.act(key, 'stop', signal);
  }

  recheck(key: string, signal?: AbortSignal): Promise<InstalledEntry> {
    return this.#actions.recheck(key, signal);
  }

  async chat(
    key: string,
    request: ChatRequest,
    onPart: (part: ChatPart) => void,
    signal?: AbortSignal,
  ): Promise<ChatEnd> {
    return await this.#chat.chat(key, request, onPart, this.#until(signal));
  }

  async countTokens(key: string, text: string, signal?: AbortSignal): Promise<TokenCount> {
    return await this.#chat.count(key, text, this.#until(signal));
  }

  remove(key: string, signal?: AbortSignal): Promise<void> {
    return this.#actions.act(key, 'remove', signal);
  }

  removal(key: string): Promise<Removal> {
    return this.#kept.removal(key);
  }

  rollBack(key: string, signal?: AbortSignal): Promise<void> {
    return this.#kept.rollBack(key, this.#until(signal));
  }

  keptRemoval(key: string): Promise<Removal> {
    return this.#kept.keptRemoval(key);
  }

  keptRemoved(key: string): Promise<void> {
    return this.#kept.forget(key, this.#closing.signal);
  }

  adopt(key: string, runtime: string, signal?: AbortSignal): Promise<string> {
    return this.#actions.adopt(key, runtime, signal);
  }

  mergeDuplicates(signal?: AbortSignal): Promise<{ readonly freedBytes: number }> {
    return this.#actions.mergeDuplicates(signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#observed.dispose();
    this.#telling.dispose();
    await Promise.all([
      this.#localDownloads.close(),
      this.#background.close(),
      this.#installed.close(),
    ]);
    await this.#hasher.close();
    this.#identities.close();
    await this.#network.close();
  }

  #allDownloads(): readonly DownloadStatus[] {
    return [...this.#downloads.list(), ...this.#pulls.list(), ...this.#observed.list()];
  }

  /** Whether a runtime fetches it by itself, for this window or for others. */
  #isPull(id: string): boolean {
    return this.#pulls.has(id) || this.#observed.has(id);
  }

  /** The queue tells of what it finds while it is opened, too. */
  #tell(): void {
    if (this.#isOpen) this.#telling.ask();
  }

  #finished(download: DownloadStatus, kinds?: readonly RuntimeKind[]): void {
    this.#services.onDidFinish(download);
    this.#rescan(kinds);
  }

  #rescan(kinds?: readonly RuntimeKind[]): void {
    if (!this.#closing.signal.aborted) void this.#installed.rescan(undefined, kinds);
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined
      ? this.#closing.signal
      : AbortSignal.any([signal, this.#closing.signal]);
  }
}
