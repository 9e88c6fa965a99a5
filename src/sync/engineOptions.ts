import { t } from '@vscode/l10n';
import type { Clock } from './clock.ts';
import type { CortexAddress } from './gateway/cortexDiscovery.ts';
import type { Endpoints } from './gateway/openSource.ts';
import type { NetworkSettings } from './http/network.ts';
import type { Transport } from './http/transport.ts';
import type { Logger } from './logger.ts';
import type { ModelId, SourceKey } from './model.ts';
import type { StorageProblem } from './storageProblem.ts';
import type { CatalogueChange } from './syncService.ts';

/** The title of the command that sets the token of the Hub: see package.nls.json. */
export function tokenCommand(): string {
  return t('Model Hub: Set Hugging Face Token…');
}

/** What the user can change while the engine runs. Plain data, so that it can cross a thread. */
export interface EngineSettings {
  readonly sources: readonly SourceKey[];
  /** Addresses; a missing slash at the end is added. */
  readonly endpoints: {
    readonly huggingFace: string;
    readonly janCatalogue: string;
    /** Absent: as `.cortexrc` says, else the address that Cortex has by default. */
    readonly cortex?: string | undefined;
  };
  /** Authors and `owner/name`s that the Cortex server is to add as sources; absent: none. */
  readonly cortexSources?: readonly string[];
  /** Tokens by the origin they were given for, `https://huggingface.co`. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Bytes that the background of all windows may fetch in a day; absent: any. */
  readonly backgroundBytesPerDay?: number;
  /** Notes what the user does, and fetches ahead what that leads to; absent: neither. */
  readonly fetchesAhead?: boolean;
  /** Models whose rows stay however long ago they were published: favourites, and installed ones. */
  readonly kept?: readonly ModelId[];
  /** Proxies and certificates; absent: those of the environment and of the operating system. */
  readonly network?: NetworkSettings | undefined;
}

export interface EngineOptions {
  /** The folder that holds the catalogue; made if it is not there. */
  readonly storage: string;
  /** A JSON file of model records, shown until a source has answered once. */
  readonly seedFile?: string;
  readonly userAgent: string;
  readonly settings: EngineSettings;
  /** Bytes of details that are kept on the disk; absent: see DetailsStore. */
  readonly detailsBudget?: number;
}

export interface EngineServices {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Tried where our own connections fail. */
  readonly fallback?: Transport;
  /** Looks for a Cortex server whose address the user did not set. */
  readonly discoverCortex?: () => Promise<CortexAddress | undefined>;
  readonly onDidApply?: (change: CatalogueChange) => void;
  /** See SyncServiceOptions. */
  readonly onDidEndSource?: (source: SourceKey) => void;
  /** See DetailsOptions.onDidChange. */
  readonly onDidChangeDetails?: (id: ModelId) => void;
}

/** Where the catalogue is, and what is wrong with that place, if anything is. */
export interface StorageInfo {
  readonly path: string;
  readonly writable: boolean;
  readonly problem?: StorageProblem;
}

/** The addresses of the settings; that of the Cortex server may have to be looked for first. */
export function parseEndpoints({ endpoints }: EngineSettings): Omit<Endpoints, 'cortex'> {
  const folder = (address: string): URL => new URL(address.endsWith('/') ? address : `${address}/`);
  return {
    huggingFace: folder(endpoints.huggingFace),
    janCatalogue: folder(endpoints.janCatalogue),
  };
}
