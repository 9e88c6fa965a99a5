import type { FindBasis } from '../download/differential/basis.ts';
import type { ChunkKeeper } from '../download/differential/chunkKeeper.ts';
import { openDifferential } from '../download/differential/openDifferential.ts';
import type { DownloadConfiguration } from '../download/downloadService.ts';
import { DownloadService } from '../download/downloadService.ts';
import type { FileServices } from '../download/file/fileDownload.ts';
import { bootTime, downloadFile } from '../download/file/fileDownload.ts';
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
  const { settings, machine, identities, hasher, clock, logger } = options;
  const updates = openDifferential({ ...options, bootedAt: bootTime(clock) });
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
  });
  const close = async (): Promise<void> => {
    await service.close();
    await updates.close();
  };
  return { service, keeper: updates.keeper, close };
}

/** What of the settings is about downloads. */
export function downloadConfiguration(settings: LocalSettings): DownloadConfiguration {
  const { download, huggingFace, tokens } = settings;
  return { download, huggingFace, tokens };
}
