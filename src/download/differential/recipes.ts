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
import { copied, copiesWithin, joinCopies } from './recipe.ts';
import type { RemoteBytes } from './remoteBytes.ts';
import { isUnreachable } from './remoteBytes.ts';
import type { TensorCount } from './tensors.ts';
import { countChanged, isSameTable, twinTensors } from './tensors.ts';

/** What a longer header is read on by at first, in bytes; it doubles. */
const HEADER_STEP = 16 * 1024;
/** No header is longer. */
const LONGEST_HEADER = 128 * 1024 * 1024;
/** Bytes that are compared to find out whether stretches are the same: in all, and of each. */
const SAMPLES = 16 * 1024;
const LONGEST_SAMPLE = 4 * 1024;
const SHORTEST_SAMPLE = 64;
/** Compared at once; if none of them is the same, the others will not be either. */
const BATCH = 16;
const MOST_STRETCHES = 1_024;
/** Where storage vouches for the rest, what is shorter did change: few bytes of a chunk may. */
const SHORTEST_DOUBT = 256 * 1024;
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
 * @throws SyncError or DownloadError `cancelled`, `offline` or `timeout`; errors of the file system
 *   if the basis cannot be read
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
    const isWorthIt = isTried && copied(all).bytes >= WORTHWHILE * file.size;
    const recipes = (isWorthIt ? [all, certain] : [certain])
      .filter((copies) => copies.length > 0)
      .map((copies) => {
        const sureness = copies === certain ? 'exact' : 'estimated';
        return recipeOf({ copies, fetched, sureness }, tables, file.size);
      });
    const tensors = tables && countChanged(tables.after, copied(recipes[0]?.copies ?? []));
    return { recipes, ...(tensors !== undefined && { tensors }) };
  } finally {
    await local.close();
  }
}

function recipeOf(made: Omit<Recipe, 'way'>, tables: Tables | undefined, size: number): Recipe {
  const start = tables?.after.dataOffset ?? 0;
  const isWhole = copied(made.copies).missing({ start, end: size }).length === 0;
  const isSplice = isWhole && tables !== undefined && isSameTable(tables.before, tables.after);
  return { way: isSplice ? 'splice' : 'chunks', ...made };
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
    if (isUnreachable(error)) throw error;
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
  const gaps = copied(vouched ?? [])
    .missing({ start: after.dataOffset, end: file.size })
    .filter(({ start, end }) => {
      // The chunk that the header ends in goes on into the tensors.
      const isDoubtful = start === after.dataOffset || end - start >= SHORTEST_DOUBT;
      return vouched === undefined || isDoubtful;
    });
  const stretches = gaps
    .flatMap((gap) => copiesWithin(twins, gap))
    .sort((a, b) => b.length - a.length)
    .slice(0, MOST_STRETCHES);
  const share = Math.floor(SAMPLES / Math.max(1, stretches.length));
  const length = Math.min(LONGEST_SAMPLE, Math.max(SHORTEST_SAMPLE, share));
  const copies: Copy[] = [];
  const samples: Fetched[] = [];
  try {
    for (let at = 0; at < stretches.length; at += BATCH) {
      const known = copies.length;
      await Promise.all(
        stretches.slice(at, at + BATCH).map(async (stretch) => {
          const { isEqual, sample } = await compareSample(search, local, stretch, length);
          samples.push(sample);
          if (isEqual) copies.push(stretch);
        }),
      );
      if (copies.length === known) break;
    }
  } catch (error) {
    if (signal.aborted) throw cancelled(error);
    logger.info(`${file.path} cannot be compared: ${describeError(error)}`);
  }
  return { copies, samples };
}

/** Compares bytes from the middle of a stretch. */
async function compareSample(
  { remote, signal }: RecipeSearch,
  local: FileHandle,
  stretch: Copy,
  length: number,
): Promise<{ isEqual: boolean; sample: Fetched }> {
  const size = Math.min(length, stretch.length);
  const place = Math.floor((stretch.length - size) / 2);
  const sample = await remote.read(stretch.to + place, size, signal);
  const own = Buffer.alloc(sample.bytes.length);
  await local.read(own, 0, own.length, stretch.from + place);
  return { isEqual: own.equals(sample.bytes), sample };
}
