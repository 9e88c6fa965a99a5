import type { FileSource } from '../file/fileDownload.ts';
import type { PlannedFile } from '../model.ts';
import type { Differ } from './differ.ts';

/** No model that is split into more files is waited for. */
const MOST_WAITING = 100;

interface InstalledFile {
  readonly path: string;
  readonly source: FileSource;
  readonly file: PlannedFile;
}

/**
 * Keeps what downloaded files are made of, one after the other while the user is away: each is read
 * as a whole. What is not done when the window closes is asked for when it is needed.
 */
export class ChunkKeeper {
  readonly #differ: Pick<Differ, 'remember'>;
  #waiting: readonly InstalledFile[] = [];
  #idle = false;
  #isClosed = false;
  #running: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(differ: Pick<Differ, 'remember'>) {
    this.#differ = differ;
  }

  add(file: InstalledFile): void {
    this.#waiting = [...this.#waiting, file].slice(-MOST_WAITING);
    this.#consider();
  }

  /** Whether the user is away, so that there is time. */
  setIdle(idle: boolean): void {
    this.#idle = idle;
    if (!idle) this.#running?.controller.abort();
    this.#consider();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#running?.controller.abort();
    await this.#running?.ended;
  }

  #consider(): void {
    if (!this.#idle || this.#isClosed || this.#running !== undefined) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const controller = new AbortController();
    this.#running = { controller, ended: this.#keep(next, controller.signal) };
  }

  async #keep(next: InstalledFile, signal: AbortSignal): Promise<void> {
    try {
      await this.#differ.remember(next.path, { ...next, signal });
      this.#waiting = this.#waiting.filter((one) => one !== next);
    } catch {
      // The user is back: it is begun anew when they are away again.
    }
    this.#running = undefined;
    this.#consider();
  }
}
