import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDifferential } from '../../src/download/differential/openDifferential.ts';
import type { FindBasis } from '../../src/download/differential/basis.ts';
import { DownloadService } from '../../src/download/downloadService.ts';
import type { FileServices } from '../../src/download/file/fileDownload.ts';
import { downloadFile } from '../../src/download/file/fileDownload.ts';
import { realDisk } from '../../src/download/freeSpace.ts';
import type { DownloadStatus } from '../../src/download/model.ts';
import { Reuse } from '../../src/download/reuse.ts';
import { FolderTarget } from '../../src/download/targets/folderTarget.ts';
import { IdentityStore } from '../../src/runtime/identityStore.ts';
import { newOwner } from '../../src/sync/cache/owner.ts';
import type { Clock } from '../../src/sync/clock.ts';
import type { Logger } from '../../src/sync/logger.ts';
import { openFileServices } from '../support/fileServices.ts';

const HASH_PROGRAM = fileURLToPath(
  new URL('../../src/download/file/hashWorker.ts', import.meta.url),
);

/** Files that may be remembered: few, so that the oldest are forgotten from the first days on. */
export const MOST_REMEMBERED = 4;

export interface WindowDownloadsOptions {
  /** The list of downloads, and what is known of files. */
  readonly storage: string;
  readonly models: string;
  readonly huggingFace: string;
  readonly findBasis: FindBasis;
  readonly onDidFinish: (download: DownloadStatus) => void;
  /** Of the queue; what is inside a file runs on the clock of the machine. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The queue of downloads of one window, over the real network, threads and disk. */
export class WindowDownloads {
  readonly service: DownloadService;
  readonly #setIdle: (idle: boolean) => void;
  readonly #close: () => Promise<void>;

  constructor(options: WindowDownloadsOptions) {
    const { storage, models, huggingFace, findBasis, onDidFinish, clock, logger } = options;
    const { services, close } = openFileServices({ hashProgram: HASH_PROGRAM, logger });
    const store = new IdentityStore({
      ...{ storage, now: clock.now(), logger },
      mostFiles: MOST_REMEMBERED,
    });
    const identities = {
      sha256Of: store.sha256Of.bind(store),
      remember: store.remember.bind(store),
      findLocal: (sha256: string, size: number) =>
        Promise.resolve(
          store
            .filesWith(sha256)
            .filter((file) => file.size === size)
            .map(({ path }) => path),
        ),
    };
    const updates = openDifferential({
      ...services,
      ...{ storage, findBasis, mostRemembered: MOST_REMEMBERED },
    });
    const target = new FolderTarget(() => models);
    this.service = new DownloadService({
      storage,
      configuration: { download: { onlyWhenIdle: false }, huggingFace, tokens: {} },
      owner: newOwner(),
      isDead: () => false,
      onDidChange: () => undefined,
      onDidFinish,
      fetchFile: (request) => downloadFile(request, updates.services satisfies FileServices),
      differential: updates.differential,
      reuse: new Reuse({ identities, hasher: services.hasher, logger }),
      identities,
      target: () => target,
      disk: realDisk,
      random: services.random,
      ...{ clock, logger },
    });
    this.#setIdle = (idle) => updates.keeper.setIdle(idle);
    this.#close = async () => {
      await this.service.close();
      await updates.close();
      store.close();
      await close();
    };
  }

  /** Whether bytes are on their way, in this window or another. */
  get busy(): boolean {
    return this.service.list().some(({ state }) => state === 'running');
  }

  setIdle(idle: boolean): void {
    this.service.circumstances({ idle, syncing: false });
    this.#setIdle(idle);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/** Where a file of a model is once it is installed. */
export function installedPath(models: string, model: string, path: string): string {
  return join(models, ...model.split('/'), ...path.split('/'));
}
