/** What the views ask of this machine: the calls that cross to its thread, and its events. */
import type {
  DownloadPlan,
  DownloadSettings,
  DownloadStatus,
  TargetKind,
} from '../download/model.ts';
import type { InstalledSnapshot } from '../runtime/installed.ts';
import type { NetworkSettings } from '../sync/http/network.ts';
import type { ModelFile, ModelId } from '../sync/model.ts';

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
}

export interface LocalOptions {
  /** The extension's globalStorage: shared by all windows. */
  readonly storage: string;
  readonly userAgent: string;
  readonly settings: LocalSettings;
  /** The program of the thread that hashes: `hashWorker`. */
  readonly hashProgram: string;
}

/** A file of the catalogue that has certain bytes. */
export interface FileOrigin {
  readonly sha256: string;
  readonly model: ModelId;
  readonly revision: string;
  readonly path: string;
}

/** What this machine's part asks the rest: the catalogue and its upstreams. */
export interface CatalogueAccess {
  /** Which models publish files with these sha256, as far as file trees have been read. */
  origins(sha256: readonly string[], signal?: AbortSignal): Promise<readonly FileOrigin[]>;
  /** The files of a model at a commit. @throws SyncError */
  files(id: ModelId, revision: string, signal?: AbortSignal): Promise<readonly ModelFile[]>;
  /** The commit of `main` by model as the catalogue knows it; absent: not in the catalogue. */
  heads(ids: readonly ModelId[]): Promise<Readonly<Record<ModelId, string>>>;
}

/** Something the user does with an installed entry. */
export interface LocalApi {
  configure(settings: LocalSettings): Promise<void>;
  /** What the window knows and this thread does not. */
  circumstances(now: { readonly idle: boolean; readonly syncing: boolean }): Promise<void>;
  /** The network is back or another: what waits for it is tried at once. */
  networkChanged(): Promise<void>;
  /** Queues a plan. The same variant twice is the same download. @throws DownloadError */
  download(plan: DownloadPlan, target: TargetKind): Promise<DownloadStatus>;
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
  verify(key: string, signal?: AbortSignal): Promise<'intact' | 'damaged' | 'unknown'>;
  start(key: string, signal?: AbortSignal): Promise<void>;
  stop(key: string, signal?: AbortSignal): Promise<void>;
  /** By the runtime itself. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /** The paths to put into the trash, and the bytes this frees (less where links remain). */
  removal(key: string): Promise<{ readonly paths: readonly string[]; readonly freedBytes: number }>;
  /** Hands an entry over to another runtime. */
  adopt(key: string, runtime: string, signal?: AbortSignal): Promise<string>;
  /** Makes links of files that hold the same bytes, after comparing them. */
  mergeDuplicates(signal?: AbortSignal): Promise<{ readonly freedBytes: number }>;
  close(): Promise<void>;
}

/** What this machine's part tells by itself, at most four times a second each. */
export interface LocalEvents {
  readonly downloads: readonly DownloadStatus[];
  readonly installed: InstalledSnapshot;
  /** A download has ended well. In the window whose thread did it, only. */
  readonly finished: DownloadStatus;
}
