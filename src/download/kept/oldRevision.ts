import type { link } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../atomicFile.ts';
import { onDisk } from '../file/diskErrors.ts';
import { install } from '../file/install.ts';
import { isThere } from '../foundFile.ts';
import type { DownloadPlan } from '../model.ts';
import type { ReceiptFile, ReceiptVariant } from '../receipt.ts';
import { readReceipt } from '../receipt.ts';
import type { Identities, Reuse } from '../reuse.ts';
import { refuseLinks } from '../safePath.ts';
import type { Clock } from '../../sync/clock.ts';
import { keptPath, nameTwice, placeIn, provenKept } from './keptFiles.ts';

export interface KeepingServices {
  readonly reuse: Pick<Reuse, 'provenTime'>;
  readonly identities: Pick<Identities, 'remember'>;
  readonly clock: Clock;
  /** Absent: as the disk does it; for tests of disks that know no second names. */
  readonly makeLink?: typeof link | undefined;
  readonly signal: AbortSignal;
}

/** An installed revision that is to be kept while another one takes its place. */
export class OldRevision {
  readonly #folder: string;
  readonly #variant: ReceiptVariant;
  readonly #services: KeepingServices;

  constructor(folder: string, variant: ReceiptVariant, services: KeepingServices) {
    this.#folder = folder;
    this.#variant = variant;
    this.#services = services;
  }

  /** What a plan wants to be kept; undefined if it wants that of nothing. @throws DownloadError */
  static async before(
    { keepsPrevious, variant: name, revision }: DownloadPlan,
    folder: string,
    services: KeepingServices,
  ): Promise<OldRevision | undefined> {
    if (keepsPrevious !== true) return undefined;
    const receipt = await readReceipt(folder);
    const variant = receipt?.variants.find((one) => one.name === name);
    if (variant === undefined || variant.revision === revision) return undefined;
    return new OldRevision(folder, variant, services);
  }

  /** @throws DownloadError `folder` if a file of it is no longer as it was installed */
  async refuseChanged(): Promise<void> {
    for (const file of this.#variant.files) {
      if (!(await isThere(this.#keptAt(file)))) await this.#prove(file);
    }
  }

  /**
   * Gives each file a second name, under which it stays when it is replaced. Where the disk knows
   * none, `makeWay` moves them.
   * @throws DownloadError
   */
  async keep(): Promise<void> {
    const { identities, makeLink } = this.#services;
    await refuseLinks(
      this.#folder,
      this.#variant.files.map((file) => this.#keptAt(file)),
    );
    for (const file of this.#variant.files) {
      const kept = this.#keptAt(file);
      if (await isThere(kept)) continue;
      const modifiedAt = await this.#prove(file);
      await nameTwice(placeIn(this.#folder, file), kept, makeLink);
      const { algorithm, hex } = file.digest;
      if (algorithm === 'sha256') identities.remember(kept, file.size, modifiedAt, hex);
      await onDisk(kept, () => syncFolder(dirname(kept)));
    }
  }

  /** Moves the file at a path among the kept ones, if it has no name there yet. */
  async makeWay(path: string): Promise<void> {
    const file = this.#variant.files.find((one) => placeIn(this.#folder, one) === path);
    if (file === undefined || !(await isThere(path))) return;
    const kept = this.#keptAt(file);
    if (!(await isThere(kept))) await install(path, kept, this.#services.clock);
  }

  #keptAt(file: ReceiptFile): string {
    return keptPath(this.#folder, this.#variant.revision, file);
  }

  async #prove(file: ReceiptFile): Promise<number> {
    return await provenKept(placeIn(this.#folder, file), file, this.#services);
  }
}
