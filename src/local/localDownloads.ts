import type { FindBasis } from '../download/differential/basis.ts';
import { openDifferential } from '../download/differential/openDifferential.ts';
import type { DownloadConfiguration } from '../download/downloadService.ts';
import { DownloadService } from '../download/downloadService.ts';
import type { FileServices } from '../download/file/fileDownload.ts';
import { bootTime, downloadFile } from '../download/file/fileDownload.ts';
import { realDisk } from '../download/freeSpace.ts';
import type { DownloadStatus, TargetKind } from '../download/model.ts';
import type { Identities } from '../download/reuse.ts';
import { Reuse } from '../download/reuse.ts';
import { CacheOffers } from '../download/sharedCache/cacheOffers.ts';
import type { SharedCacheStatus } from '../download/sharedCache/model.ts';
import { SharedCache } from '../download/sharedCache/sharedCache.ts';
import { FolderTarget } from '../download/targets/folderTarget.ts';
import { HuggingFaceCacheTarget } from '../download/targets/huggingFaceCacheTarget.ts';
import { JanTarget } from '../download/targets/janTarget.ts';
import type { InstallTarget } from '../download/targets/target.ts';
import { huggingFaceCacheFolder } from '../runtime/huggingFaceCache/cacheFolder.ts';
import { findJanFolder } from '../runtime/jan/janFolder.ts';
import { hasEnded, newOwner } from '../sync/cache/owner.ts';
import type { Machine } from '../sync/gateway/cortexDiscovery.ts';
import type { Transport } from '../sync/http/transport.ts';
import type { Circumstances, LocalSettings } from './localApi.ts';

export interface LocalDownloadsOptions extends Omit<
  FileServices,
  'bootedAt' | 'differ' | 'sharedCache'
> {
  readonly storage: string;
  readonly machine: Machine;
  /** As they are by now. */
  readonly settings: () => LocalSettings;
  readonly identities: Identities;
  readonly findBasis: FindBasis;
  /** Sends what is written as it is read. */
  readonly store: Transport;
  readonly onDidChange: () => void;
  readonly onDidFinish: (download: DownloadStatus) => void;
}

/** The queue of downloads, and what is done with what was downloaded while the user is away. */
export interface LocalDownloads {
  readonly service: DownloadService;
  /** Undefined if there is none. */
  readonly sharedCache: () => SharedCacheStatus | undefined;
  readonly configure: (settings: LocalSettings) => void;
  readonly circumstances: (now: Circumstances) => void;
  readonly networkChanged: () => void;
  /** Hands what runs here over to the other windows, or to the next start. */
  readonly close: () => Promise<void>;
}

/** The queue of downloads with all that it needs on this machine. */
export function openDownloads(options: LocalDownloadsOptions): LocalDownloads {
  const { settings, machine, identities, hasher, clock, logger } = options;
  const cache = new SharedCache({ ...options, settings: settings().sharedCache });
  const offers = new CacheOffers({ cache, clock, logger });
  offers.limit(settings().download.bytesPerSecond);
  const updates = openDifferential({
    ...{ ...options, bootedAt: bootTime(clock), sharedCache: cache },
  });
  const targets: Readonly<Record<TargetKind, InstallTarget>> = {
    folder: new FolderTarget(() => settings().folder),
    jan: new JanTarget(async () => {
      const jan = await findJanFolder(machine, logger);
      return jan?.isThere === true ? jan.path : undefined;
    }),
    huggingFaceCache: new HuggingFaceCacheTarget(() => huggingFaceCacheFolder(machine)),
  };
  const service = new DownloadService({
    ...options,
    configuration: downloadConfiguration(settings()),
    owner: newOwner(),
    isDead: hasEnded,
    disk: realDisk,
    reuse: new Reuse({ identities, hasher, logger }),
    target: (kind) => targets[kind],
    fetchFile: (request) => downloadFile(request, updates.services),
    differential: updates.differential,
    onDidFetch: (path, { size, digest }) => {
      if (digest.algorithm === 'sha256') offers.add({ path, size, sha256: digest.hex });
    },
  });
  return {
    service,
    sharedCache: () => cache.status,
    configure: (now) => {
      service.configure(downloadConfiguration(now));
      cache.configure(now.sharedCache);
      offers.limit(now.download.bytesPerSecond);
    },
    circumstances: ({ idle, syncing }) => {
      service.circumstances({ idle, syncing });
      updates.keeper.setIdle(idle);
      offers.setIdle(idle);
    },
    networkChanged: () => {
      cache.networkChanged();
      service.networkChanged();
    },
    close: async () => {
      await Promise.all([service.close(), offers.close()]);
      await updates.close();
    },
  };
}

/** What of the settings is about downloads. */
function downloadConfiguration(settings: LocalSettings): DownloadConfiguration {
  const { download, huggingFace, tokens } = settings;
  return { download, huggingFace, tokens };
}
