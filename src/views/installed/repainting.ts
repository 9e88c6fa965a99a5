import type { DownloadStatus } from '../../download/model.ts';
import type { InstalledSnapshot } from '../../runtime/installed.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';

/**
 * How long changes are gathered, in ms: a download that is done and what it has installed come one
 * right after the other, and while the editor draws rows anew it does not know them.
 */
const GATHER = 100;
/**
 * How far the amounts of downloads may be behind, in ms. The editor makes the buttons of a row anew
 * with its text, and a press is lost if that happens before it ends: of presses of a tenth of a
 * second every fifth, were the text renewed as often as the amounts are told.
 */
const MOVEMENT = 3_000;

/** What the rows are made from. */
export interface Shown {
  readonly downloads: readonly DownloadStatus[];
  readonly installed: InstalledSnapshot | undefined;
  readonly problem: string | undefined;
}

export interface RepaintingOptions {
  readonly now: () => Shown;
  /** Has to call `painted`. */
  readonly paint: () => void;
  readonly clock: Pick<Clock, 'after'>;
}

/** When rows are painted anew: soon if something has happened, once in a while if it only goes on. */
export class Repainting implements Disposable {
  readonly #options: RepaintingOptions;
  #standing = '';
  #installed: InstalledSnapshot | undefined;
  #soon: Disposable | undefined;
  #later: Disposable | undefined;

  constructor(options: RepaintingOptions) {
    this.#options = options;
  }

  /** Something is another than it was. */
  changed(): void {
    const { now, paint, clock } = this.#options;
    const shown = now();
    if (shown.installed === this.#installed && standingOf(shown) === this.#standing) {
      this.#later ??= clock.after(MOVEMENT, paint);
    } else {
      this.#soon ??= clock.after(GATHER, paint);
    }
  }

  /** The rows are as things are now. */
  painted(): void {
    this.dispose();
    const shown = this.#options.now();
    this.#standing = standingOf(shown);
    this.#installed = shown.installed;
  }

  dispose(): void {
    this.#soon?.dispose();
    this.#later?.dispose();
    this.#soon = undefined;
    this.#later = undefined;
  }
}

/** All but the amounts. */
function standingOf({ downloads, problem }: Shown): string {
  const standing = downloads.map(({ id, state, phase, waitsFor, failure, pausable }) => {
    return [id, state, phase, waitsFor, failure, pausable];
  });
  return JSON.stringify([problem, standing]);
}
