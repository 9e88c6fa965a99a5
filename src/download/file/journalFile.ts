import { constants } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import type { FileSystem } from './fileSystem.ts';
import { Writer } from './fileSystem.ts';
import { diskError, isMissing } from './diskErrors.ts';
import type { JournalContent } from './journal.ts';
import { formatJournal, parseJournal } from './journal.ts';

/** To add to what is there; a link that somebody put there is not followed (not on Windows). */
const APPEND_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;

/** A journal on the disk: see journal.ts for what is in it. */
export class JournalFile {
  readonly #file: Writer;
  #waiting = '';
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(file: Writer) {
    this.#file = file;
  }

  /** Begins a journal anew with what is known, in place of the one that may be there. */
  static async create(
    path: string,
    content: JournalContent,
    fileSystem: FileSystem,
  ): Promise<JournalFile> {
    const unfinished = `${path}.new`;
    await rm(unfinished, { force: true });
    const file = await fileSystem.open(unfinished, 'wx');
    try {
      await file.writeFile(formatJournal(content));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    return new JournalFile(new Writer(await fileSystem.open(path, APPEND_FLAGS), fileSystem));
  }

  /** Appends a line, together with those that came while the disk was busy. */
  async append(line: string): Promise<void> {
    this.#waiting += line;
    this.#next ??= this.#appendWaiting();
    await this.#next;
  }

  /** Has all lines reach the disk itself. */
  async sync(): Promise<void> {
    await this.#file.file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.file.close();
  }

  async #appendWaiting(): Promise<void> {
    // After a line that broke off there is no place for another.
    await this.#running;
    const lines = this.#waiting;
    this.#waiting = '';
    this.#next = undefined;
    await (this.#running = this.#file.write([Buffer.from(lines)]));
  }
}

/** What a journal tells; undefined if there is none, or none that can be understood. */
export async function readJournal(path: string): Promise<JournalContent | undefined> {
  try {
    return parseJournal(await readFile(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
}
