import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openSideDatabaseOrMemory } from '../../sync/cache/sideDatabase.ts';
import { Statements } from '../../sync/cache/statements.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { Term } from './terms.ts';

export const CHUNKS_FILE = 'chunks.db';

/** Files that are remembered; those that were noted first go first. */
const MOST_FILES = 100;
/** Of a hash so many bytes are kept: enough to notice damage, which nobody makes on purpose. */
const HASH_BYTES = 8;
const RECORD = 4 + HASH_BYTES;

const STEPS: readonly string[] = [
  `
  CREATE TABLE file (
    sha256 TEXT PRIMARY KEY,
    terms  TEXT NOT NULL,
    chunks BLOB
  ) STRICT;
  `,
];

const termsSchema = z.array(
  z.object({ xorb: z.string(), start: z.int(), end: z.int(), length: z.int() }),
);

/** A chunk as it is remembered. */
export interface KnownChunk {
  /** Bytes. */
  readonly length: number;
  /** The first half of its hash, as hex digits. */
  readonly mark: string;
}

/** What a file is made of. */
export interface KnownFile {
  readonly terms: readonly Term[];
  /** Its chunks, those of all terms one after the other; absent until they were looked at. */
  readonly chunks?: readonly KnownChunk[];
}

export interface ChunkStoreOptions {
  /** The folder that all windows share. */
  readonly storage: string;
  /** In ms since 1970. */
  readonly now: number;
  readonly logger: Logger;
  readonly mostFiles?: number;
}

/**
 * What downloaded files are made of, by the sha256 of their bytes: an update then needs no word of
 * the revision before, which may be gone by then. Losing it costs a question or a whole download,
 * so trouble with it is logged and no more.
 */
export class ChunkStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #logger: Logger;
  readonly #mostFiles: number;

  constructor({ storage, now, logger, mostFiles = MOST_FILES }: ChunkStoreOptions) {
    const path = join(storage, CHUNKS_FILE);
    this.#database = openSideDatabaseOrMemory({ path, steps: STEPS, now, logger });
    this.#statements = new Statements(this.#database);
    this.#logger = logger;
    this.#mostFiles = mostFiles;
  }

  /** What is known of the file with these bytes. */
  find(sha256: string): KnownFile | undefined {
    return this.#tolerant(undefined, () => {
      const row = this.#statements
        .prepare('SELECT terms, chunks FROM file WHERE sha256 = ?')
        .get(sha256);
      if (row === undefined) return undefined;
      const terms = termsSchema.parse(JSON.parse(String(row['terms'])));
      const { chunks } = row;
      return { terms, ...(chunks instanceof Uint8Array && { chunks: unpack(chunks) }) };
    });
  }

  /** Notes what the file with these bytes is made of, in place of what was known. */
  remember(sha256: string, { terms, chunks }: KnownFile): void {
    this.#tolerant(undefined, () => {
      this.#statements
        .prepare('INSERT OR REPLACE INTO file VALUES (?, ?, ?)')
        .run(sha256, JSON.stringify(terms), chunks === undefined ? null : pack(chunks));
      this.#statements
        // A file that is noted anew leaves a gap in the numbers, so they are no count.
        .prepare(
          `DELETE FROM file WHERE rowid NOT IN (
             SELECT rowid FROM file ORDER BY rowid DESC LIMIT ?)`,
        )
        .run(this.#mostFiles);
    });
  }

  close(): void {
    this.#database.close();
  }

  #tolerant<T>(otherwise: T, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#logger.warn(`${CHUNKS_FILE} could not be used: ${describeError(error)}`);
      return otherwise;
    }
  }
}

/** What is remembered of a chunk's hash. */
export function markOf(hash: Uint8Array): string {
  return Buffer.from(hash.subarray(0, HASH_BYTES)).toString('hex');
}

function pack(chunks: readonly KnownChunk[]): Uint8Array {
  const packed = Buffer.alloc(chunks.length * RECORD);
  for (const [index, { length, mark }] of chunks.entries()) {
    packed.writeUInt32LE(length, index * RECORD);
    packed.write(mark, index * RECORD + 4, HASH_BYTES, 'hex');
  }
  return packed;
}

function unpack(packed: Uint8Array): readonly KnownChunk[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: Math.floor(bytes.length / RECORD) }, (_, index) => {
    const at = index * RECORD;
    return { length: bytes.readUInt32LE(at), mark: bytes.toString('hex', at + 4, at + RECORD) };
  });
}
