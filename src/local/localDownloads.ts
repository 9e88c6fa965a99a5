import type { FindBasis } from '../download/differential/basis.ts';
import { CasClient } from '../download/differential/casClient.ts';
import { ChunkKeeper } from '../download/differential/chunkKeeper.ts';
import { ChunkStore } from '../download/differential/chunkStore.ts';
import { Differ } from '../download/differential/differ.ts';
import type { DownloadConfiguration } from '../download/downloadService.ts';
import { DownloadService } from '../download/downloadService.ts';
import type { FileServices } from '../download/file/fileDownload.ts';
import { bootTime, downloadFile } from '../download/file/fileDownload.ts';
import { Location } from '../download/file/location.ts';
import { realDisk } from '../download/freeSpace.ts';
import type { DownloadStatus, TargetKind } from '../download/model.ts';
import type { Identities } from '../download/reuse.ts';
import { Reuse } from '../download/reuse.ts';
import { FolderTarget } from '../download/targets/folderTarget.ts';
import { HuggingFaceCacheTarget } from '../download/targets/huggingFaceCacheTarget.ts';
import { JanTarget } from '../download/targets/janTarget.ts';
import type { InstallTarget } from '../download/targets/target.ts';
import { huggingFaceCacheFolder } from '../runtime/huggingFaceCache/cacheFolder.ts';
import { findJanFolder } from '../runtime/jan/janFolder.ts';
import { hasEnded, newOwner } from '../sync/cache/owner.ts';
import type { Machine } from '../sync/gateway/cortexDiscovery.ts';
import type { LocalSettings } from './localApi.ts';

export interface LocalDownloadsOptions extends Omit<FileServices, 'bootedAt' | 'differ'> {
  readonly storage: string;
  readonly machine: Machine;
  /** As they are by now. */
  readonly settings: () => LocalSettings;
  readonly identities: Identities;
  readonly findBasis: FindBasis;
  readonly onDidChange: () => void;
  readonly onDidFinish: (download: DownloadStatus) => void;
}

/** The queue of downloads, and what keeps for updates what was downloaded. */
export interface LocalDownloads {
  readonly service: DownloadService;
  readonly keeper: ChunkKeeper;
  /** Hands what runs here over to the other windows, or to the next start. */
  readonly close: () => Promise<void>;
}

/** The queue of downloads with all that it needs on this machine. */
export function openDownloads(options: LocalDownloadsOptions): LocalDownloads {
  const { settings, machine, identities, hasher, clock, logger, storage, findBasis } = options;
  const store = new ChunkStore({ storage, now: clock.now(), logger });
  const differ = new Differ({ cas: new CasClient(options), store, clock, logger });
  const keeper = new ChunkKeeper(differ);
  const services: FileServices = { ...options, differ, bootedAt: bootTime(clock) };
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
    fetchFile: (request) => downloadFile(request, services),
    differential: {
      findBasis,
      recipes: async (source, file, basis, signal) => {
        const wanted = { source, file, signal };
        const location =
          (await differ.storageOf(wanted, services)) ??
          new Location(source, file, services, undefined);
        return await differ.recipes(wanted, basis, location);
      },
      installed: (path, source, file) => keeper.add({ path, source, file }),
    },
  });
  const close = async (): Promise<void> => {
    await Promise.all([service.close(), keeper.close()]);
    store.close();
  };
  return { service, keeper, close };
}

/** What of the settings is about downloads. */
export function downloadConfiguration(settings: LocalSettings): DownloadConfiguration {
  const { download, huggingFace, tokens } = settings;
  return { download, huggingFace, tokens };
}
