import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  DifferentialOptions,
  OpenDifferential,
} from '../../../src/download/differential/openDifferential.ts';
import { openDifferential } from '../../../src/download/differential/openDifferential.ts';
import type { DownloadServiceOptions } from '../../../src/download/downloadService.ts';
import { DownloadService } from '../../../src/download/downloadService.ts';
import type { FileServices } from '../../../src/download/file/fileDownload.ts';
import { bootTime, downloadFile } from '../../../src/download/file/fileDownload.ts';
import { Hasher } from '../../../src/download/file/hasher.ts';
import { realDisk } from '../../../src/download/freeSpace.ts';
import type { DownloadPlan, DownloadStatus } from '../../../src/download/model.ts';
import { Reuse } from '../../../src/download/reuse.ts';
import type { SharedCache } from '../../../src/download/sharedCache/sharedCache.ts';
import { FolderTarget } from '../../../src/download/targets/folderTarget.ts';
import { newOwner } from '../../../src/sync/cache/owner.ts';
import { undiciTransport } from '../../../src/sync/http/undiciTransport.ts';
import { systemClock } from '../../../src/sync/worker/systemClock.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { until } from '../support/until.ts';
import { MemoryIdentities } from './support.ts';

const HASH_WORKER = fileURLToPath(
  new URL('../../../src/download/file/hashWorker.ts', import.meta.url),
);

export interface WindowOptions {
  /** Downloads go to `models` in it, the list of them to `storage`. */
  readonly folder: string;
  readonly endpoint: string;
  readonly sharedCache?: SharedCache | undefined;
  /** How updates find what they need; absent: whole files are fetched. */
  readonly updates?: Pick<DifferentialOptions, 'findBasis' | 'largestPlainFile'> | undefined;
}

/** A window: a service with all that it needs, over the real network and the real disk. */
export class Window {
  readonly identities = new MemoryIdentities();
  readonly logger = collectingLogger();
  readonly owner: string;
  readonly service: DownloadService;
  readonly updates: OpenDifferential | undefined;
  readonly finished: DownloadStatus[] = [];
  readonly events: (readonly DownloadStatus[])[] = [];
  readonly #pool = undiciTransport();
  readonly #hasher = new Hasher({ program: HASH_WORKER, clock: systemClock });
  readonly #tokens: Record<string, string> = {};
  readonly #endpoint: string;
  #closed: Promise<void> | undefined;

  constructor(
    { folder, endpoint, updates, sharedCache }: WindowOptions,
    other: Partial<DownloadServiceOptions> = {},
  ) {
    const { identities, logger } = this;
    this.owner = other.owner ?? newOwner();
    this.#endpoint = endpoint;
    const target = new FolderTarget(() => join(folder, 'models'));
    const storage = other.storage ?? join(folder, 'storage');
    const services: FileServices = {
      ...{ send: this.#pool.transport, hasher: this.#hasher, logger, userAgent: 'test' },
      ...{ clock: systemClock, random: () => 0.01, bootedAt: bootTime(systemClock) },
      tokenFor: (origin: string) => this.#tokens[origin],
      ...(sharedCache && { sharedCache }),
    };
    this.updates = updates && openDifferential({ ...services, ...updates, storage });
    const all = this.updates?.services ?? services;
    this.service = new DownloadService({
      storage,
      configuration: this.configuration({}),
      owner: this.owner,
      isDead: () => false,
      onDidChange: (downloads) => this.events.push(downloads),
      onDidFinish: (download) => this.finished.push(download),
      fetchFile: (request) => downloadFile(request, all),
      differential: this.updates?.differential,
      reuse: new Reuse({ identities, hasher: this.#hasher, logger }),
      identities,
      target: () => target,
      disk: realDisk,
      clock: systemClock,
      random: () => 0,
      logger,
      ...other,
    });
  }

  configuration(settings: {
    readonly bytesPerSecond?: number;
    readonly onlyWhenIdle?: boolean;
    readonly token?: string;
  }) {
    const { onlyWhenIdle = false, bytesPerSecond, token } = settings;
    const origin = new URL(this.#endpoint).origin;
    if (token !== undefined) this.#tokens[origin] = token;
    return {
      download: { onlyWhenIdle, ...(bytesPerSecond !== undefined && { bytesPerSecond }) },
      huggingFace: this.#endpoint,
      tokens: { ...this.#tokens },
    };
  }

  download(plan: DownloadPlan): Promise<DownloadStatus> {
    return this.service.download(plan, 'folder');
  }

  status(id: string): DownloadStatus | undefined {
    return this.service.list().find((one) => one.id === id);
  }

  /** Waits until a download is in a state. */
  async reaches(id: string, state: DownloadStatus['state']): Promise<DownloadStatus> {
    await until(() => this.status(id)?.state === state);
    return this.status(id)!;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.service.close();
    await this.updates?.close();
    await this.#hasher.close();
    await this.#pool.close();
  }
}

/** Windows that are closed after each test of a `describe`. */
export function useWindows(
  options: () => WindowOptions,
): (other?: Partial<DownloadServiceOptions>) => Window {
  let windows: Window[] = [];
  beforeEach(() => {
    windows = [];
  });
  afterEach(async () => {
    await Promise.all(windows.map((one) => one.close()));
  });
  return (other) => {
    const made = new Window(options(), other);
    windows.push(made);
    return made;
  };
}
