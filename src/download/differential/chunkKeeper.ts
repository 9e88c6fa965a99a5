import { statSync } from 'node:fs';
import { WhileAway } from '../../sync/whileAway.ts';
import type { FileSource } from '../file/fileDownload.ts';
import type { PlannedFile } from '../model.ts';
import type { Differ } from './differ.ts';

/** No model that is split into more files is waited for. */
const MOST_WAITING = 100;

interface InstalledFile {
  readonly path: string;
  /** How it looked when it was verified. */
  readonly look: string;
  readonly source: FileSource;
  readonly file: PlannedFile;
}

/**
 * Keeps what downloaded files are made of, one after the other while the user is away: each is read
 * as a whole. What is not done when the window closes is asked for when it is needed.
 */
export class ChunkKeeper {
  readonly #differ: Pick<Differ, 'remember'>;
  readonly #work: WhileAway<InstalledFile>;
  #waiting: readonly InstalledFile[] = [];

  constructor(differ: Pick<Differ, 'remember'>) {
    this.#differ = differ;
    this.#work = new WhileAway({
      next: () => this.#waiting[0],
      work: (file, signal) => this.#keep(file, signal),
    });
  }

  add(file: Omit<InstalledFile, 'look'>): void {
    const look = lookOf(file.path);
    this.#waiting = [...this.#waiting, { ...file, look }].slice(-MOST_WAITING);
    this.#work.consider();
  }

  /** Whether the user is away, so that there is time. */
  setIdle(idle: boolean): void {
    this.#work.setAway(idle);
  }

  close(): Promise<void> {
    return this.#work.close();
  }

  async #keep(file: InstalledFile, signal: AbortSignal): Promise<void> {
    try {
      const isSame = lookOf(file.path) === file.look;
      if (isSame) await this.#differ.remember(file.path, { ...file, signal });
    } catch {
      // The user is back: it is begun anew when they are away again.
      if (signal.aborted) return;
    }
    this.#waiting = this.#waiting.filter((one) => one !== file);
  }
}

/** Another for each change of a file; the same for all that cannot be looked at. */
function lookOf(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return '';
  }
}
