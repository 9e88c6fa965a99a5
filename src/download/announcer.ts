import type { Clock, Disposable } from '../sync/clock.ts';
import type { DownloadStatus } from './model.ts';

/** The least time between two events, in ms. */
const PERIOD = 250;

/** Tells of downloads if anything is another than it was told, and not too often. */
export class Announcer implements Disposable {
  readonly #list: () => readonly DownloadStatus[];
  readonly #tell: (downloads: readonly DownloadStatus[]) => void;
  readonly #clock: Clock;
  #told = '[]';
  #timer: Disposable | undefined;

  constructor(
    list: () => readonly DownloadStatus[],
    tell: (downloads: readonly DownloadStatus[]) => void,
    clock: Clock,
  ) {
    this.#list = list;
    this.#tell = tell;
    this.#clock = clock;
  }

  /** Something may be another now. */
  announce(): void {
    if (this.#timer !== undefined) return;
    const downloads = this.#list();
    const text = JSON.stringify(downloads);
    if (text === this.#told) return;
    this.#told = text;
    this.#timer = this.#clock.after(PERIOD, () => {
      this.#timer = undefined;
      this.announce();
    });
    this.#tell(downloads);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = { dispose: () => undefined };
  }
}
