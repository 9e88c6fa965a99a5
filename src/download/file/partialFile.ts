import { constants } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { FileSystem } from './fileSystem.ts';
import { realFileSystem, Writer } from './fileSystem.ts';
import { diskError, isMissing, onDisk } from './diskErrors.ts';
import { JournalFile, readJournal } from './journalFile.ts';
import type { JournalContent, JournalHeader } from './journal.ts';
import {
  CACHED_LINE,
  etagLine,
  isSameContent,
  OWN_LINE,
  reliable,
  syncedLine,
  writtenLine,
  wrongLine,
} from './journal.ts';
import { partialPaths } from './partialPaths.ts';
import type { Range } from './ranges.ts';
import { RangeSet } from './ranges.ts';

/** To write anywhere in a file; a link that somebody put there is not followed (not on Windows). */
const OPEN_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** A file that comes to be, with the journal of what is there. */
export class PartialFile {
  readonly path: string;
  readonly size: number;
  readonly #data: Writer;
  readonly #journal: JournalFile;
  readonly #written: RangeSet;
  #synced: RangeSet;
  #etag: string | undefined;
  #isOnItsOwn: boolean;
  #isCached: boolean;

  private constructor(path: string, content: JournalContent, data: Writer, log: JournalFile) {
    this.path = path;
    this.size = content.header.size;
    this.#data = data;
    this.#journal = log;
    this.#written = content.written;
    this.#synced = content.synced;
    this.#etag = content.etag;
    this.#isOnItsOwn = content.isOnItsOwn;
    this.#isCached = content.isCached;
  }

  /**
   * Opens what is there of a file, or begins it. What is there of other bytes is discarded.
   * @throws DownloadError `noSpace` or `folder`
   */
  static async open(
    target: string,
    header: JournalHeader,
    fileSystem: FileSystem = realFileSystem,
  ): Promise<PartialFile> {
    const { partial, journal } = partialPaths(target);
    return await onDisk(partial, async () => {
      const found = await readJournal(journal);
      const isSame = found !== undefined && isSameContent(found.header, header);
      if (!isSame) await rm(partial, { force: true });
      const data = await fileSystem.open(partial, OPEN_FLAGS);
      try {
        const { size } = await data.stat();
        if (size > header.size) await data.truncate(header.size);
        const content = {
          header,
          written: isSame ? reliable(found, header.bootedAt).below(size) : new RangeSet(),
          synced: isSame ? found.synced.below(size) : new RangeSet(),
          etag: isSame ? found.etag : undefined,
          isOnItsOwn: isSame && found.isOnItsOwn,
          isCached: isSame && found.isCached,
        };
        const log = await JournalFile.create(journal, content, fileSystem);
        return new PartialFile(partial, content, new Writer(data, fileSystem), log);
      } catch (error) {
        await data.close();
        throw error;
      }
    });
  }

  /** The bytes that are there. */
  get written(): RangeSet {
    return this.#written;
  }

  get isComplete(): boolean {
    return this.#written.front >= this.size;
  }

  /** Bytes that were written and not synced yet. */
  get unsyncedBytes(): number {
    return this.#written.bytes - this.#synced.bytes;
  }

  /** What the server called the bytes. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /**
   * Writes pieces one after the other; ends when the journal knows of them.
   * @throws DownloadError `noSpace` or `folder`
   */
  async write(position: number, pieces: readonly Uint8Array[]): Promise<void> {
    await onDisk(this.path, async () => {
      const end = position + pieces.reduce((sum, { length }) => sum + length, 0);
      await this.#data.write(pieces, position);
      this.#written.add({ start: position, end });
      await this.#journal.append(writtenLine({ start: position, end }));
    });
  }

  /** What it was to be made out of proved to be unlike it. */
  get isOnItsOwn(): boolean {
    return this.#isOnItsOwn;
  }

  /** Notes that nothing more is copied from another file. @throws DownloadError, see write */
  async leaveBasis(): Promise<void> {
    if (this.#isOnItsOwn) return;
    this.#isOnItsOwn = true;
    await onDisk(this.path, () => this.#journal.append(OWN_LINE));
  }

  /** Some bytes came from a cache, in this attempt or in an earlier one. */
  get isCached(): boolean {
    return this.#isCached;
  }

  /** Notes that bytes come from a cache. @throws DownloadError, see write */
  async noteCached(): Promise<void> {
    if (this.#isCached) return;
    this.#isCached = true;
    await onDisk(this.path, () => this.#journal.append(CACHED_LINE));
  }

  /** Notes that bytes are wrong, so that they are fetched again. @throws DownloadError, see write */
  async forget(ranges: readonly Range[]): Promise<void> {
    for (const range of ranges) this.#written.remove(range);
    for (const range of ranges) this.#synced.remove(range);
    await onDisk(this.path, () => this.#journal.append(wrongLine(ranges)));
  }

  /** Notes what the server calls the bytes. @throws DownloadError `noSpace` or `folder` */
  async noteEtag(etag: string): Promise<void> {
    if (this.#etag === etag) return;
    this.#etag = etag;
    await onDisk(this.path, () => this.#journal.append(etagLine(etag)));
  }

  /**
   * Has what was written reach the disk itself, so that it survives a power failure.
   * @throws DownloadError `noSpace` or `folder`
   */
  async sync(): Promise<void> {
    const written = new RangeSet(this.#written.ranges);
    await onDisk(this.path, async () => {
      await this.#data.file.datasync();
      await this.#journal.append(syncedLine(written));
      await this.#journal.sync();
    });
    this.#synced = written;
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.#data.file.close();
  }
}

/** The bytes of a file that earlier attempts have left, as far as their journal says. */
export async function partialBytes(target: string): Promise<number> {
  const { partial, journal } = partialPaths(target);
  const [found, size] = await Promise.all([readJournal(journal), sizeOf(partial)]);
  return found === undefined ? 0 : found.written.below(size).bytes;
}

/** Removes a partial file and its journal. @throws DownloadError `folder` */
export async function removePartial(target: string): Promise<void> {
  const { partial, journal } = partialPaths(target);
  await onDisk(partial, async () => {
    // Bytes without a journal are worth nothing, a journal without its bytes would lie.
    await rm(journal, { force: true });
    await rm(partial, { force: true });
  });
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw diskError(error, path);
  }
}
