/** What the views ask of this machine: the calls that cross to its thread, and its events. */
import type { Hardware } from '../device/hardware.ts';
import type {
  DownloadPlan,
  DownloadSettings,
  DownloadStatus,
  TargetKind,
  UpdatePreview,
} from '../download/model.ts';
import type { SharedCacheSettings, SharedCacheStatus } from '../download/sharedCache/model.ts';
import type { ChatEnd, ChatPart, ChatRequest, TokenCount } from '../runtime/chat/conversation.ts';
import type { InstalledEntry, InstalledSnapshot } from '../runtime/installed.ts';
import type { Removal } from '../runtime/removal.ts';
import type { Verdict } from '../runtime/verification.ts';
import type { NetworkSettings } from '../sync/http/network.ts';

/** The settings of this machine's part, and the tokens. */
export interface LocalSettings {
  /** Where models go; also the folder that is shown as the extension's own. Absolute. */
  readonly folder: string;
  /** Where downloads go unless the user says otherwise for one. */
  readonly target: TargetKind;
  readonly download: DownloadSettings;
  /** Addresses of OpenAI-compatible servers. */
  readonly servers: readonly string[];
  readonly huggingFace: string;
  readonly cortex?: string;
  /** Tokens by origin. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly network?: NetworkSettings;
  /** Where a team keeps files that its members share; absent: nowhere. */
  readonly sharedCache?: SharedCacheSettings;
}

export interface LocalOptions {
  /** The extension's globalStorage: shared by all windows. */
  readonly storage: string;
  readonly userAgent: string;
  readonly settings: LocalSettings;
  /** The program of the thread that hashes: `hashWorker`. */
  readonly hashProgram: string;
}

/** What the window knows and this machine's part does not. */
export interface Circumstances {
  /** The user does nothing here. */
  readonly idle: boolean;
  /** The catalogue is being refreshed. */
  readonly syncing: boolean;
  /** What is installed is looked at: servers are asked what they run every now and then. */
  readonly visible: boolean;
}

/** What can be asked of this machine's part. Entries are named by their keys. */
export interface LocalApi {
  configure(settings: LocalSettings): Promise<void>;
  circumstances(now: Circumstances): Promise<void>;
  /** The network is back or another: what waits for it is tried at once. */
  networkChanged(): Promise<void>;
  /** Queues a plan. The same variant twice is the same download. @throws DownloadError */
  download(plan: DownloadPlan, target: TargetKind): Promise<DownloadStatus>;
  /** What it would cost to fetch a plan now; queues nothing. @throws DownloadError */
  previewUpdate(
    plan: DownloadPlan,
    target: TargetKind,
    signal?: AbortSignal,
  ): Promise<UpdatePreview>;
  /** Has a runtime fetch by itself. @throws RuntimeError */
  pull(runtime: string, plan: DownloadPlan): Promise<DownloadStatus>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** Stops it and removes what was fetched. */
  cancel(id: string): Promise<void>;
  /** Forgets a finished or failed download; what is installed stays. */
  dismiss(id: string): Promise<void>;
  downloads(): Promise<readonly DownloadStatus[]>;
  installed(): Promise<InstalledSnapshot>;
  /** Asks all runtimes anew and ends when they have answered. */
  rescan(signal?: AbortSignal): Promise<InstalledSnapshot>;
  /** The catalogue has changed: updates are looked for again. */
  catalogueChanged(): Promise<void>;
  /** Hashes all files of an entry anew, whatever is remembered. @throws RuntimeError, DownloadError */
  verify(key: string, signal?: AbortSignal): Promise<Verdict>;
  start(key: string, signal?: AbortSignal): Promise<void>;
  stop(key: string, signal?: AbortSignal): Promise<void>;
  /** Asks the runtime of an entry anew what it is by now. @throws RuntimeError */
  recheck(key: string, signal?: AbortSignal): Promise<InstalledEntry>;
  /**
   * Has a model answer that runs, or that its runtime loads by itself.
   * @param onPart is told each piece as it arrives
   * @throws RuntimeError
   */
  chat(
    key: string,
    request: ChatRequest,
    onPart: (part: ChatPart) => void,
    signal?: AbortSignal,
  ): Promise<ChatEnd>;
  countTokens(key: string, text: string, signal?: AbortSignal): Promise<TokenCount>;
  /** By the runtime itself. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /** What deleting an entry means, with the revision that is kept beside it. */
  removal(key: string): Promise<Removal>;
  /**
   * Puts the revision that is kept beside an entry in its place, and keeps the one that was there.
   * @throws RuntimeError or DownloadError that says why not
   */
  rollBack(key: string, signal?: AbortSignal): Promise<void>;
  /** What deleting only that revision means. */
  keptRemoval(key: string): Promise<Removal>;
  /** Its files are gone: the revision is no longer kept. @throws DownloadError */
  keptRemoved(key: string): Promise<void>;
  /** Hands an entry over to another runtime. */
  adopt(key: string, runtime: string, signal?: AbortSignal): Promise<string>;
  /** Makes links of files that hold the same bytes, after comparing them. */
  mergeDuplicates(signal?: AbortSignal): Promise<{ readonly freedBytes: number }>;
  close(): Promise<void>;
}

/** What can be asked of the machine itself. */
export interface MachineApi {
  /** Measured once: runs programs of the system. */
  hardware(): Promise<Hardware>;
}

/** What this machine's part tells by itself, at most four times a second each. */
export interface LocalEvents {
  readonly downloads: readonly DownloadStatus[];
  readonly installed: InstalledSnapshot;
  /** Undefined if there is none. */
  readonly sharedCache: SharedCacheStatus | undefined;
  /** A download has ended well. In the window whose thread did it, only. */
  readonly finished: DownloadStatus;
}
