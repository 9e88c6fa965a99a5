import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../sync/clock.ts';
import { cancelled, describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { FileServices, FileSource, Flow } from '../file/fileDownload.ts';
import type { ByteSource } from '../file/location.ts';
import type { Range } from '../file/ranges.ts';
import type { PlannedFile } from '../model.ts';
import type { Basis } from './basis.ts';
import { sourceOf } from './basis.ts';
import type { CasClient } from './casClient.ts';
import type { ChunkStore, KnownChunk, KnownFile } from './chunkStore.ts';
import { markOf } from './chunkStore.ts';
import { chunksOf } from './localChunks.ts';
import { chunkKey, marksOf, provenRanges } from './provenRanges.ts';
import type { Copy } from './recipe.ts';
import { joinCopies } from './recipe.ts';
import type { Recipes } from './recipes.ts';
import { findRecipes } from './recipes.ts';
import { isUnreachable, RemoteBytes } from './remoteBytes.ts';
import type { PlacedTerm, Term } from './terms.ts';
import { copiesByTerms, placeTerms } from './terms.ts';
import { XetSource } from './xetSource.ts';

/** What was found out before an update is used when it begins, if that is within so many ms. */
const MEMORY = 10 * 60_000;
const MOST_REMEMBERED = 128;
/** Of headers that were fetched, in memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The Hub hands out no file that is bigger by plain HTTP, in bytes. */
const LARGEST_PLAIN_FILE = 50e9;

const NOTHING: Recipes = { recipes: [] };

/** A file to be had, and where it is published. */
export interface Wanted {
  readonly source: FileSource;
  readonly file: PlannedFile;
  readonly signal: AbortSignal;
}

export interface DifferOptions {
  readonly cas: CasClient;
  readonly store: ChunkStore;
  /** Bytes; absent: as much as the Hub says. */
  readonly largestPlainFile?: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Finds out what of a file is on this machine already, in another revision of it or in a damaged
 * one. It only ever saves bytes: what it cannot find out is fetched, and what it finds is proven by
 * the digest of the whole file.
 */
export class Differ {
  readonly #options: DifferOptions;
  readonly #found: LRUCache<string, Recipes>;
  /** How often something could not be found out. */
  #failures = 0;

  constructor(options: DifferOptions) {
    this.#options = options;
    this.#found = new LRUCache({
      ...{ max: MOST_REMEMBERED, ttl: MEMORY, perf: { now: () => options.clock.now() } },
      maxSize: MOST_BYTES,
      sizeCalculation: ({ recipes }) =>
        1 + (recipes[0]?.fetched ?? []).reduce((sum, { bytes }) => sum + bytes.length, 0),
    });
  }

  /**
   * The ways to make a file out of another one.
   * @param take leave to use the line; absent: at once
   * @throws SyncError or DownloadError `cancelled`, and `offline` or `timeout` if the Hub cannot be
   *   reached, so that nothing can be fetched either
   */
  async recipes(
    wanted: Wanted,
    basis: Basis,
    location: Pick<ByteSource, 'ask'>,
    take?: Flow['take'],
  ): Promise<Recipes> {
    const { file, signal } = wanted;
    if (file.digest.algorithm !== 'sha256') return NOTHING;
    const key = `${file.digest.hex} ${basis.sha256} ${basis.path}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const before = this.#failures;
    const isDamaged = basis.sha256 === file.digest.hex;
    const recipes = await (isDamaged
      ? this.#tolerant(signal, NOTHING, () => this.#repairing(wanted, basis))
      : this.#updating(wanted, basis, location, take));
    // What could not be found out now may be later.
    const isKnown = recipes.recipes.length > 0 || before === this.#failures;
    if (isKnown) this.#found.set(key, recipes);
    return recipes;
  }

  /**
   * Where the bytes of a file that is too big for anything else are fetched; undefined if they are
   * fetched as those of others are.
   * @throws SyncError
   */
  async storageOf(
    { source, file, signal }: Wanted,
    services: Pick<FileServices, 'send' | 'userAgent'>,
  ): Promise<ByteSource | undefined> {
    const { cas, largestPlainFile = LARGEST_PLAIN_FILE } = this.#options;
    if (file.size <= largestPlainFile) return undefined;
    const xetHash = await cas.xetHash(source, file.path, signal);
    if (xetHash === undefined) return undefined;
    return new XetSource(source, file, xetHash, cas, services);
  }

  /**
   * The bytes of a complete file with a wrong digest that may be the wrong ones; undefined if that
   * cannot be told, or if it is all of them.
   * @param basis what it was made out of, if there is one
   * @throws SyncError `cancelled`, and nothing else
   */
  async suspectRanges(
    path: string,
    { source, file, signal }: Wanted,
    basis: Basis | undefined,
  ): Promise<readonly Range[] | undefined> {
    if (file.digest.algorithm !== 'sha256') return undefined;
    return await this.#tolerant(signal, undefined, async () => {
      const known = await this.#known(file.digest.hex, source, file, signal);
      if (known === undefined) return undefined;
      const before = basis && this.#options.store.find(basis.sha256);
      const marks = new Map([...marksOf(before ?? { terms: [] }), ...marksOf(known)]);
      const proven = await reading(path, (local) =>
        provenRanges(local, known.terms, marks, signal),
      );
      const all = { start: 0, end: file.size };
      return proven.bytes === 0 || proven.has(all) ? undefined : proven.missing(all);
    });
  }

  /**
   * Remembers what a verified file is made of.
   * @param path where it is
   * @throws SyncError `cancelled`, and nothing else
   */
  async remember(path: string, { source, file, signal }: Wanted): Promise<void> {
    const { store } = this.#options;
    const { algorithm, hex } = file.digest;
    if (algorithm !== 'sha256' || store.find(hex)?.chunks !== undefined) return;
    await this.#tolerant(signal, undefined, async () => {
      const known = await this.#known(hex, source, file, signal);
      if (known === undefined) return;
      store.remember(hex, known);
      const chunks = await reading(path, (local) => allChunks(local, known.terms, signal));
      if (chunks !== undefined) store.remember(hex, { ...known, chunks });
    });
  }

  async #updating(
    wanted: Wanted,
    basis: Basis,
    location: Pick<ByteSource, 'ask'>,
    take: Flow['take'] | undefined,
  ): Promise<Recipes> {
    const { file, signal } = wanted;
    const { logger } = this.#options;
    try {
      return await findRecipes({
        ...{ file, basis, logger, signal },
        remote: new RemoteBytes(location, file.size, take),
        chunkCopies: (local) =>
          this.#tolerant(signal, undefined, () => this.#chunkCopies(wanted, basis, local)),
      });
    } catch (error) {
      if (isUnreachable(error)) throw error;
      return this.#failed(error, signal, NOTHING);
    }
  }

  async #chunkCopies(
    { source, file, signal }: Wanted,
    basis: Basis,
    local: FileHandle,
  ): Promise<readonly Copy[] | undefined> {
    const old = sourceOf(basis, source.endpoint);
    const published = { path: basis.published?.path ?? file.path, size: basis.size };
    const before =
      this.#options.store.find(basis.sha256) ??
      (old && (await this.#known(basis.sha256, old, published, signal)));
    if (before === undefined) return undefined;
    const after = await this.#known(file.digest.hex, source, file, signal);
    if (after === undefined) return undefined;
    const marks = marksOf(before);
    return await copiesByTerms(before.terms, after.terms, async (term) => {
      const remembered = Array.from(
        { length: term.end - term.start },
        (_, index) => marks.get(chunkKey(term.xorb, term.start + index))?.length,
      );
      if (remembered.every((length) => length !== undefined)) return remembered;
      return (await termChunks(local, term, signal))?.map(({ length }) => length);
    });
  }

  /** The chunks of a damaged file that are as they were. */
  async #repairing(wanted: Wanted, basis: Basis): Promise<Recipes> {
    const { file } = wanted;
    if (basis.size !== file.size) return NOTHING;
    const suspect = await this.suspectRanges(basis.path, wanted, undefined);
    if (suspect === undefined) return NOTHING;
    const copies: Copy[] = [];
    let at = 0;
    for (const { start, end } of [...suspect, { start: file.size, end: file.size }]) {
      if (start > at) copies.push({ from: at, to: at, length: start - at });
      at = end;
    }
    return {
      recipes: [{ way: 'chunks', copies: joinCopies(copies), fetched: [], sureness: 'exact' }],
    };
  }

  /** What a file is made of, as it is remembered or as the storage tells it. */
  async #known(
    sha256: string,
    source: FileSource,
    { path, size }: Pick<PlannedFile, 'path' | 'size'>,
    signal: AbortSignal,
  ): Promise<KnownFile | undefined> {
    const { store, cas } = this.#options;
    const remembered = store.find(sha256);
    if (remembered !== undefined) return remembered;
    const xetHash = await cas.xetHash(source, path, signal);
    if (xetHash === undefined) return undefined;
    return { terms: await cas.terms(source, xetHash, size, signal) };
  }

  async #tolerant<T>(signal: AbortSignal, otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      return this.#failed(error, signal, otherwise);
    }
  }

  #failed<T>(error: unknown, signal: AbortSignal, otherwise: T): T {
    if (signal.aborted) throw cancelled(error);
    this.#failures++;
    this.#options.logger.info(`What could be reused is not known: ${describeError(error)}`);
    return otherwise;
  }
}

async function reading<T>(path: string, work: (local: FileHandle) => Promise<T>): Promise<T> {
  const local = await open(path, 'r');
  try {
    return await work(local);
  } finally {
    await local.close();
  }
}

/** The chunks of all terms; undefined if they are not cut as the storage has them. */
async function allChunks(
  local: FileHandle,
  terms: readonly Term[],
  signal: AbortSignal,
): Promise<readonly KnownChunk[] | undefined> {
  const all: KnownChunk[] = [];
  for (const term of placeTerms(terms)) {
    const chunks = await termChunks(local, term, signal);
    if (chunks === undefined) return undefined;
    all.push(...chunks);
  }
  return all;
}

/** The chunks of a term as they are on this disk; undefined if they are not those of the storage. */
async function termChunks(
  local: FileHandle,
  { offset, length, start, end }: PlacedTerm,
  signal: AbortSignal,
): Promise<readonly KnownChunk[] | undefined> {
  const chunks = await chunksOf(local, { start: offset, end: offset + length }, signal);
  if (chunks.length !== end - start) return undefined;
  return chunks.map((chunk) => ({ length: chunk.length, mark: markOf(chunk.hash) }));
}
