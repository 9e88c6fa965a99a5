import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { cancelled, describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { PartialFile } from '../file/partialFile.ts';
import { RangeSet } from '../file/ranges.ts';
import type { Copy, Recipe } from './recipe.ts';

/** Copied in one go, in bytes: what is lost at a sudden end. */
const SLICE = 4 * 1024 * 1024;

export interface SeedOptions {
  readonly onTick: () => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Puts the bytes of a recipe that are on this machine into a partial file; what is there stays. What
 * cannot be read of the basis is left out.
 * @returns what was copied
 * @param basis the file to copy from
 * @param onTick called after each piece
 * @throws SyncError `cancelled`; DownloadError `noSpace` or `folder`
 */
export async function seed(
  partial: PartialFile,
  { copies, fetched }: Recipe,
  basis: string,
  { onTick, logger, signal }: SeedOptions,
): Promise<RangeSet> {
  const seeded = new RangeSet();
  for (const { start, bytes } of fetched) {
    for (const gap of partial.written.missing({ start, end: start + bytes.length })) {
      await partial.write(gap.start, [bytes.subarray(gap.start - start, gap.end - start)]);
    }
  }
  const slice = Buffer.allocUnsafe(SLICE);
  const source = await opened(basis, logger);
  try {
    for (const piece of copies.flatMap((copy) => slicesOf(copy, partial.written))) {
      if (signal.aborted) throw cancelled();
      const bytes = source && (await read(source, piece, slice, logger));
      if (bytes === undefined) break;
      await partial.write(piece.to, [bytes]);
      seeded.add({ start: piece.to, end: piece.to + bytes.length });
      onTick();
    }
  } finally {
    await source?.close();
  }
  return seeded;
}

/** What is missing of a copy, in pieces. */
function slicesOf({ from, to, length }: Copy, written: RangeSet): readonly Copy[] {
  return written.missing({ start: to, end: to + length }).flatMap(({ start, end }) =>
    Array.from({ length: Math.ceil((end - start) / SLICE) }, (_, index) => {
      const at = start + index * SLICE;
      return { from: from + at - to, to: at, length: Math.min(SLICE, end - at) };
    }),
  );
}

async function opened(path: string, logger: Logger): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    logger.info(`${path} cannot be copied from: ${describeError(error)}`);
    return undefined;
  }
}

/** @returns undefined if there are no such bytes, or they cannot be read */
async function read(
  source: FileHandle,
  { from, length }: Copy,
  slice: Buffer,
  logger: Logger,
): Promise<Uint8Array | undefined> {
  try {
    const { bytesRead } = await source.read(slice, 0, length, from);
    return bytesRead === 0 ? undefined : slice.subarray(0, bytesRead);
  } catch (error) {
    logger.info(`The installed file cannot be read on: ${describeError(error)}`);
    return undefined;
  }
}
