import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { cancelled, describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { PlannedFile } from '../model.ts';
import type { Basis } from './basis.ts';
import type { TensorTable } from './ggufTable.ts';
import { readTensorTable } from './ggufTable.ts';
import { MixedBytes } from './mixedBytes.ts';
import type { Copy, Fetched, Recipe } from './recipe.ts';
import { bytesIn, copied, copiesWithin, joinCopies } from './recipe.ts';
import type { RemoteBytes } from './remoteBytes.ts';
import type { TensorCount } from './tensors.ts';
import { countChanged, isSameTable, twinTensors } from './tensors.ts';

/** What a longer header is read on by at first, in bytes; it doubles. */
const HEADER_STEP = 16 * 1024;
/** No header is longer. */
const LONGEST_HEADER = 128 * 1024 * 1024;
/** Bytes that are compared to find out whether two stretches are the same. */
const SAMPLE = 4 * 1024;
/** One sample stands for so many bytes. */
const SAMPLED = 32 * 1024 * 1024;
const MOST_SAMPLES_EACH = 8;
const MOST_SAMPLES = 32;
/** What saves less of the file, as a share, is not worth the risk of being wrong. */
const WORTHWHILE = 0.01;

/** What is known of how a file differs from its basis. */
export interface Recipes {
  /** The ways to make the file, those that fetch least first; none if all has to be fetched. */
  readonly recipes: readonly Recipe[];
  /** Absent if they are no files whose tensors are known. */
  readonly tensors?: TensorCount;
}

export interface RecipeSearch {
  readonly file: PlannedFile;
  readonly basis: Basis;
  readonly remote: RemoteBytes;
  /** The copies that the storage vouches for; undefined if it cannot be asked. */
  readonly chunkCopies: (local: FileHandle) => Promise<readonly Copy[] | undefined>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface Tables {
  readonly before: TensorTable;
  readonly after: TensorTable;
  /** What of the header was fetched. */
  readonly fetched: readonly Fetched[];
}

/**
 * Finds out how a file can be made out of its basis. What the storage vouches for is certain; where
 * it says nothing, or has equal bytes under another name, tensors of the same name and shape whose
 * samples are equal are tried, since the digest of the whole file proves or disproves them.
 * @throws SyncError `cancelled`; errors of the file system if the basis cannot be read
 */
export async function findRecipes(search: RecipeSearch): Promise<Recipes> {
  const { file, basis } = search;
  const local = await open(basis.path, 'r');
  try {
    const vouched = await search.chunkCopies(local);
    const certain = joinCopies(vouched ?? []);
    const tables = await readTables(search, local, certain);
    const fetched = [...(tables?.fetched ?? [])];
    const tried = tables && (await equalStretches(search, local, tables, vouched));
    const all = joinCopies([...(vouched ?? []), ...(tried?.copies ?? [])]);
    fetched.push(...(tried?.samples ?? []));
    const isTried = tried !== undefined && tried.copies.length > 0;
    const isWorthIt = isTried && bytesIn(copied(all).ranges) >= WORTHWHILE * file.size;
    const recipes = (isWorthIt ? [all, certain] : [certain])
      .filter((copies) => copies.length > 0)
      .map((copies) => recipeOf(copies, fetched, tables, file.size));
    const tensors = tables && countChanged(tables.after, copied(recipes[0]?.copies ?? []));
    return { recipes, ...(tensors !== undefined && { tensors }) };
  } finally {
    await local.close();
  }
}

function recipeOf(
  copies: readonly Copy[],
  fetched: readonly Fetched[],
  tables: Tables | undefined,
  size: number,
): Recipe {
  const start = tables?.after.dataOffset ?? 0;
  const isWhole = copied(copies).missing({ start, end: size }).length === 0;
  const isSplice = isWhole && tables !== undefined && isSameTable(tables.before, tables.after);
  return { way: isSplice ? 'splice' : 'chunks', copies, fetched };
}

/** The tensor tables of both files; undefined if one has none, or it cannot be read. */
async function readTables(
  { file, basis, remote, signal, logger }: RecipeSearch,
  local: FileHandle,
  certain: readonly Copy[],
): Promise<Tables | undefined> {
  const before = await localTable(local, basis.size);
  if (before === undefined) return undefined;
  const mixed = new MixedBytes(remote, local, certain);
  try {
    let header = await mixed.read(0, before.dataOffset, signal);
    let after = readTensorTable(header, file.size);
    for (let step = HEADER_STEP; after === 'incomplete'; step *= 2) {
      if (header.length > LONGEST_HEADER) return undefined;
      header = Buffer.concat([header, await mixed.read(header.length, step, signal)]);
      after = readTensorTable(header, file.size);
    }
    return after && { before, after, fetched: mixed.fetched };
  } catch (error) {
    if (signal.aborted) throw cancelled(error);
    logger.info(`The header of ${file.path} cannot be compared: ${describeError(error)}`);
    return undefined;
  }
}

async function localTable(local: FileHandle, size: number): Promise<TensorTable | undefined> {
  for (let length = 1024 * 1024; ; length *= 4) {
    const head = Buffer.allocUnsafe(Math.min(length, size));
    const { bytesRead } = await local.read(head, 0, head.length, 0);
    const table = readTensorTable(head.subarray(0, bytesRead), size);
    if (table !== 'incomplete') return table;
    if (bytesRead < head.length || length > LONGEST_HEADER) return undefined;
  }
}

/** Stretches of tensors that nobody vouches for, and that seem to be the same in both files. */
async function equalStretches(
  search: RecipeSearch,
  local: FileHandle,
  { before, after }: Tables,
  vouched: readonly Copy[] | undefined,
): Promise<{ copies: readonly Copy[]; samples: readonly Fetched[] }> {
  const { file, signal, logger } = search;
  const twins = twinTensors(before, after);
  const there = copied(vouched ?? []);
  // What the storage does not vouch for did change mostly, tensor by tensor.
  const stretches = (vouched === undefined ? joinCopies(twins) : twins).flatMap((twin) =>
    there
      .missing({ start: twin.to, end: twin.to + twin.length })
      .flatMap((gap) => copiesWithin([twin], gap)),
  );
  const copies: Copy[] = [];
  const samples: Fetched[] = [];
  try {
    await Promise.all(
      chosen(stretches).map(async (stretch) => {
        const compared = await compareSamples(search, local, stretch);
        samples.push(...compared.samples);
        if (compared.areEqual) copies.push(stretch);
      }),
    );
  } catch (error) {
    if (signal.aborted) throw cancelled(error);
    logger.info(`${file.path} cannot be compared: ${describeError(error)}`);
  }
  return { copies, samples };
}

/** The longest, as many as samples may be taken of. */
function chosen(stretches: readonly Copy[]): readonly Copy[] {
  let samples = 0;
  return stretches
    .toSorted((a, b) => b.length - a.length)
    .filter((stretch) => {
      samples += samplePlaces(stretch).length;
      return samples <= MOST_SAMPLES;
    });
}

async function compareSamples(
  { remote, signal }: RecipeSearch,
  local: FileHandle,
  stretch: Copy,
): Promise<{ areEqual: boolean; samples: readonly Fetched[] }> {
  const samples: Fetched[] = [];
  for (const place of samplePlaces(stretch)) {
    const length = Math.min(SAMPLE, stretch.length);
    const sample = await remote.read(stretch.to + place, length, signal);
    samples.push(sample);
    const own = Buffer.alloc(sample.bytes.length);
    await local.read(own, 0, own.length, stretch.from + place);
    if (!own.equals(sample.bytes)) return { areEqual: false, samples };
  }
  return { areEqual: true, samples };
}

/** Where samples of a stretch are taken, from its beginning: evenly, in the middle of what they stand for. */
function samplePlaces({ length }: Copy): readonly number[] {
  const count = Math.min(MOST_SAMPLES_EACH, Math.ceil(length / SAMPLED));
  return Array.from({ length: count }, (_, index) =>
    Math.max(0, Math.floor(((index + 0.5) * length) / count - SAMPLE / 2)),
  );
}
