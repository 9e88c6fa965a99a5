import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { t } from '@vscode/l10n';
import { cancelled } from '../sync/errors.ts';
import type { Clock } from '../sync/clock.ts';
import type { Logger } from '../sync/logger.ts';
import type { Differential } from './differential/differential.ts';
import { DownloadError } from './errors.ts';
import { onDisk } from './file/diskErrors.ts';
import type { FileRequest, FileSource, Flow } from './file/fileDownload.ts';
import { foundAt } from './foundFile.ts';
import type { Disk, SpaceNeed } from './freeSpace.ts';
import { refuseIfFull } from './freeSpace.ts';
import type { KeepingServices } from './kept/oldRevision.ts';
import { OldRevision } from './kept/oldRevision.ts';
import { whileKeeping } from './kept/whileKeeping.ts';
import type { DownloadPhase, PlannedFile, TargetKind } from './model.ts';
import type { Part } from './parts.ts';
import { fetchedBytes, partsOf, refuseStrayLinks } from './parts.ts';
import type { PlacingOptions } from './placing.ts';
import { placeAll, refuseForeign } from './placing.ts';
import type { Identities, Reuse, Wanted } from './reuse.ts';
import { nearestExisting } from './safePath.ts';
import type { StoredDownload, Traces } from './storedDownload.ts';
import type { InstallTarget } from './targets/target.ts';

/** What all runs need. */
export interface RunServices {
  /** `downloadFile` with its services. */
  readonly fetchFile: (request: FileRequest) => Promise<void>;
  readonly reuse: Reuse;
  readonly identities: Identities;
  readonly target: (kind: TargetKind) => InstallTarget;
  readonly disk: Disk;
  /** Absent: whole files are fetched. */
  readonly differential?: Differential | undefined;
  /** A file that was fetched is in its place, and everybody may have it. */
  readonly onDidFetch?: (path: string, file: PlannedFile) => void;
  /** See KeepingServices. */
  readonly makeLink?: KeepingServices['makeLink'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one run needs, and whom it tells. */
export interface RunOptions {
  readonly endpoint: URL;
  readonly flow: Flow;
  /** What those that go first still need. */
  readonly others: readonly SpaceNeed[];
  /**
   * Bytes of all files that are there, and how many of them this run got from a team's cache.
   */
  readonly onProgress: (phase: DownloadPhase, bytes: number, cached: number) => void;
  /** To be kept before anything else happens. */
  readonly onTraces: (traces: Traces) => void;
  readonly signal: AbortSignal;
}

/**
 * One run of a download: brings each file, from this machine or from the network, and puts all in
 * their places and makes them known to the layout when all are verified. It ends when all is
 * installed; ended before, the next run goes on from there, and what was installed is as it was.
 */
export class DownloadRun {
  readonly #download: StoredDownload;
  readonly #services: RunServices;
  readonly #options: RunOptions;
  #parts: readonly Part[] = [];
  #traces: Traces;
  /** Installed files of a published revision that the update is an update of, whoever put them there. */
  readonly #outdated = new Set<string>();

  constructor(download: StoredDownload, services: RunServices, options: RunOptions) {
    this.#download = download;
    this.#services = services;
    this.#options = options;
    this.#traces = download.traces;
  }

  /** @throws DownloadError */
  async run(): Promise<void> {
    const { plan, placement } = this.#download;
    await this.#refuseGone();
    await refuseStrayLinks(this.#download);
    this.#parts = await partsOf(this.#download);
    const missing = await this.#findHere();
    const { signal } = this.#options;
    const services = { ...this.#services, signal };
    const old = await OldRevision.before(plan, placement.folder, services);
    await this.#findOutdated(missing);
    const placing = this.#placing(old);
    await refuseForeign(this.#parts, placing);
    await old?.refuseChanged();
    const bytes = sumOf(missing.map((part) => part.file.size - part.bytes));
    await refuseIfFull(
      { folder: placement.root, bytes },
      this.#options.others,
      this.#services.disk,
    );
    for (const part of missing) await this.#fetch(part);
    this.#refuseAborted();
    this.#tell('installing');
    await whileKeeping(this.#download, services, async () => {
      const modifiedAt = await placeAll(this.#parts, placing);
      await placing.target.finish(plan, placement, modifiedAt);
    });
    for (const { path, file } of missing) {
      this.#services.differential?.installed(path, this.#source, file);
      if (plan.isPublic === true) this.#services.onDidFetch?.(path, file);
    }
  }

  get #source(): FileSource {
    const { model, revision } = this.#download.plan;
    return { endpoint: this.#options.endpoint, model, revision };
  }

  /** A disk that is not connected must not be replaced by a folder of the same name. */
  async #refuseGone(): Promise<void> {
    const { placement, bytes } = this.#download;
    if (bytes === 0 && this.#traces.folders.length === 0) return;
    const { missing } = await nearestExisting(placement.root);
    if (missing === '') return;
    throw new DownloadError(
      'folder',
      t(
        '{0} is gone, and with it what was fetched. Connect its disk or make the folder again, then resume the download.',
        placement.root,
      ),
    );
  }

  /** Uses what is on this machine; what remains has to be fetched. */
  async #findHere(): Promise<readonly Part[]> {
    const missing: Part[] = [];
    for (const part of this.#parts) {
      this.#refuseAborted();
      await this.#makeFolder(dirname(part.path));
      if (await this.#isHere(part)) {
        part.bytes = part.file.size;
        this.#tell('reusing');
      } else {
        part.bytes = await fetchedBytes(part.file, part.path);
        missing.push(part);
      }
    }
    return missing;
  }

  async #isHere(part: Part): Promise<boolean> {
    const { reuse } = this.#services;
    const wanted: Omit<Wanted, 'target'> = {
      ...{ file: part.file, signal: this.#options.signal },
      onProgress: (bytes) => {
        part.bytes = Math.max(part.bytes, Math.min(bytes, part.file.size));
        this.#tell('reusing');
      },
    };
    part.isInPlace = (await reuse.provenTime({ ...wanted, target: part.path })) !== undefined;
    if (part.isInPlace) return true;
    const beside = { ...wanted, target: part.verified };
    return (await reuse.provenTime(beside)) !== undefined || (await reuse.bringHere(beside));
  }

  async #fetch(part: Part): Promise<void> {
    const { flow, signal } = this.#options;
    const { plan } = this.#download;
    this.#refuseAborted();
    this.#tell('fetching');
    const basis = await this.#services.differential?.findBasis(plan, part.file, part.path);
    const { isPublic = false } = plan;
    const request = { source: this.#source, file: part.file, target: part.path, basis, isPublic };
    await this.#services.fetchFile({
      ...{ ...request, place: part.verified, flow, signal },
      onProgress: ({ phase, bytes, cached = 0 }) => {
        part.bytes = bytes;
        part.cached = cached;
        this.#tell(phase);
      },
    });
    part.bytes = part.file.size;
    await this.#services.reuse.noteVerified({ file: part.file, target: part.verified });
  }

  #placing(old: OldRevision | undefined): PlacingOptions {
    const { target, placement } = this.#download;
    return {
      ...this.#services,
      ...{ old, placement, target: this.#services.target(target), signal: this.#options.signal },
      isOwn: (path) => this.#traces.files.includes(path) || this.#outdated.has(path),
      onNew: (path) => {
        if (this.#traces.files.includes(path)) return;
        this.#keep({ ...this.#traces, files: [...this.#traces.files, path] });
      },
    };
  }

  /** What was published before can be had again, so it may be replaced although it is not ours. */
  async #findOutdated(missing: readonly Part[]): Promise<void> {
    const { differential, identities } = this.#services;
    for (const { file, path } of missing) {
      const basis = await differential?.findBasis(this.#download.plan, file, path);
      if (basis?.path !== path || basis.published === undefined) continue;
      const found = await foundAt(path);
      const modifiedAt = Math.trunc(found?.mtimeMs ?? 0);
      const isAsProven = identities.sha256Of(path, basis.size, modifiedAt) === basis.sha256;
      if (found?.size === basis.size && isAsProven) this.#outdated.add(path);
    }
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
    const bytes = sumOf(this.#parts.map((part) => part.bytes));
    this.#options.onProgress(phase, bytes, sumOf(this.#parts.map(({ cached }) => cached)));
  }

  #refuseAborted(): void {
    if (this.#options.signal.aborted) throw cancelled();
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
