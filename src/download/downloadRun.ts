import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cancelled, describeError } from '../sync/errors.ts';
import type { Clock } from '../sync/clock.ts';
import type { Logger } from '../sync/logger.ts';
import { DownloadError } from './errors.ts';
import { onDisk } from './file/diskErrors.ts';
import type { FileRequest, FileSource, Flow } from './file/fileDownload.ts';
import { partialBytes } from './file/fileDownload.ts';
import { partialPaths } from './file/partialPaths.ts';
import type { Disk, SpaceNeed } from './freeSpace.ts';
import { refuseIfFull } from './freeSpace.ts';
import type { DownloadPhase, PlannedFile, TargetKind } from './model.ts';
import type { Identities, Reuse, Wanted } from './reuse.ts';
import { nearestExisting, refuseLinks } from './safePath.ts';
import type { QueuedDownload, StoredDownload, Traces } from './storedDownload.ts';
import type { InstallTarget } from './targets/target.ts';

/** What all runs need. */
export interface RunServices {
  /** `downloadFile` with its services. */
  readonly fetchFile: (request: FileRequest) => Promise<void>;
  readonly reuse: Reuse;
  readonly identities: Identities;
  readonly target: (kind: TargetKind) => InstallTarget;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one run needs, and whom it tells. */
export interface RunOptions {
  readonly endpoint: URL;
  readonly flow: Flow;
  /** What those that go first still need. */
  readonly others: readonly SpaceNeed[];
  /** Bytes of all files that are there. */
  readonly onProgress: (phase: DownloadPhase, bytes: number) => void;
  /** To be kept before anything else happens. */
  readonly onTraces: (traces: Traces) => void;
  readonly signal: AbortSignal;
}

interface Part {
  readonly file: PlannedFile;
  readonly path: string;
  /** Bytes that are there. */
  bytes: number;
}

/**
 * One run of a download: brings each file to its place, from this machine or from the network, and
 * makes the whole known to the layout. It ends when all is verified and installed; ended before,
 * the next run goes on from there.
 */
export class DownloadRun {
  readonly #download: StoredDownload;
  readonly #services: RunServices;
  readonly #options: RunOptions;
  #parts: readonly Part[] = [];
  #traces: Traces;

  constructor(download: StoredDownload, services: RunServices, options: RunOptions) {
    this.#download = download;
    this.#services = services;
    this.#options = options;
    this.#traces = download.traces;
  }

  /** @throws DownloadError */
  async run(): Promise<void> {
    const { plan, placement, target } = this.#download;
    await this.#refuseGone();
    await refuseStrayLinks(this.#download);
    this.#parts = await partsOf(this.#download);
    const missing = await this.#findHere();
    const bytes = sumOf(missing.map((part) => part.file.size - part.bytes));
    await refuseIfFull(
      { folder: placement.root, bytes },
      this.#options.others,
      this.#services.disk,
    );
    for (const part of missing) await this.#fetch(part);
    this.#refuseAborted();
    this.#tell('installing');
    await this.#services.target(target).finish(plan, placement);
  }

  /** A disk that is not connected must not be replaced by a folder of the same name. */
  async #refuseGone(): Promise<void> {
    const { placement, bytes } = this.#download;
    if (bytes === 0 && this.#traces.folders.length === 0) return;
    const { missing } = await nearestExisting(placement.root);
    if (missing === '') return;
    throw new DownloadError(
      'folder',
      `${placement.root} is gone, and with it what was fetched. Connect its disk or make the ` +
        'folder again, then resume the download.',
    );
  }

  /** Uses what is on this machine; what remains has to be fetched. */
  async #findHere(): Promise<readonly Part[]> {
    const missing: Part[] = [];
    for (const part of this.#parts) {
      this.#refuseAborted();
      await this.#makeFolder(dirname(part.path));
      const before = part.bytes;
      if (await this.#isHere(part)) {
        part.bytes = part.file.size;
        this.#tell('reusing');
      } else {
        part.bytes = before;
        missing.push(part);
      }
    }
    return missing;
  }

  async #isHere(part: Part): Promise<boolean> {
    const { reuse } = this.#services;
    const wanted: Wanted = {
      ...{ file: part.file, target: part.path, signal: this.#options.signal },
      onProgress: (bytes) => {
        part.bytes = Math.max(part.bytes, Math.min(bytes, part.file.size));
        this.#tell('reusing');
      },
    };
    if (await reuse.isInPlace(wanted)) {
      await reuse.noteVerified(wanted);
      return true;
    }
    const isNew = !(await isThere(part.path));
    if (!(await reuse.bringHere(wanted))) return false;
    if (isNew) this.#keep({ ...this.#traces, files: [...this.#traces.files, part.path] });
    return true;
  }

  async #fetch(part: Part): Promise<void> {
    const { endpoint, flow, signal } = this.#options;
    const { model, revision } = this.#download.plan;
    const source: FileSource = { endpoint, model, revision };
    const isNew = !(await isThere(part.path));
    this.#refuseAborted();
    this.#tell('fetching');
    await this.#services.fetchFile({
      ...{ source, file: part.file, target: part.path, flow, signal },
      onProgress: ({ phase, bytes }) => {
        part.bytes = bytes;
        this.#tell(phase);
      },
    });
    part.bytes = part.file.size;
    if (isNew) this.#keep({ ...this.#traces, files: [...this.#traces.files, part.path] });
    await this.#services.reuse.noteVerified({ file: part.file, target: part.path });
  }

  async #makeFolder(folder: string): Promise<void> {
    const made = await onDisk(folder, () => mkdir(folder, { recursive: true }));
    if (made !== undefined) {
      this.#keep({ ...this.#traces, folders: [...this.#traces.folders, made] });
    }
  }

  #keep(traces: Traces): void {
    this.#traces = traces;
    this.#options.onTraces(traces);
  }

  #tell(phase: DownloadPhase): void {
    this.#options.onProgress(phase, sumOf(this.#parts.map(({ bytes }) => bytes)));
  }

  #refuseAborted(): void {
    if (this.#options.signal.aborted) throw cancelled();
  }
}

/**
 * Bytes that a download would fetch, as far as that can be said without reading a file: what is in
 * its place or may be on this machine does not count.
 */
export async function bytesToFetch(
  download: Pick<QueuedDownload, 'plan' | 'placement'>,
  { identities, logger }: Pick<RunServices, 'identities' | 'logger'>,
): Promise<number> {
  const parts = await partsOf(download);
  let bytes = 0;
  for (const { file, path, bytes: there } of parts) {
    const { digest, size } = file;
    try {
      if ((await sizeOf(path)) === size) continue;
      const isHere =
        digest.algorithm === 'sha256' && (await identities.findLocal(digest.hex, size)).length > 0;
      if (!isHere) bytes += size - there;
    } catch (error) {
      logger.debug(`${path}: ${describeError(error)}`);
    }
  }
  return bytes;
}

/** @throws DownloadError `folder` if a link leads out of the folder of a download */
export async function refuseStrayLinks({
  placement,
}: Pick<QueuedDownload, 'placement'>): Promise<void> {
  const { root, paths } = placement;
  await refuseLinks(
    root,
    paths.flatMap((path) => {
      const { partial, journal, lock } = partialPaths(path);
      return [path, partial, journal, lock];
    }),
  );
}

async function partsOf({
  plan,
  placement,
}: Pick<QueuedDownload, 'plan' | 'placement'>): Promise<readonly Part[]> {
  return await Promise.all(
    plan.files.map(async (file, index) => {
      const path = placement.paths[index] ?? '';
      return { file, path, bytes: Math.min(file.size, await partialBytes(path)) };
    }),
  );
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

async function isThere(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined;
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.size;
}
