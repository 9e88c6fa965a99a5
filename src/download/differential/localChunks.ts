import type { FileHandle } from 'node:fs/promises';
import type { Chunk } from '@huggingface/xetchunk-wasm';
import { createChunker, finalize, nextBlock } from '@huggingface/xetchunk-wasm';
import { cancelled } from '../../sync/errors.ts';
import type { Range } from '../file/ranges.ts';

/** Chunked in one go, a few ms of work; between two of them others have their turn. */
const SLICE = 1024 * 1024;

export type { Chunk };

/**
 * The chunks of a part of a file on this disk, as Xet storage cuts it: where a chunk begins, the
 * bytes alone decide where it ends. The last one ends with the part.
 * @throws SyncError `cancelled`; errors of the file system
 */
export async function chunksOf(
  file: FileHandle,
  { start, end }: Range,
  signal: AbortSignal,
): Promise<Chunk[]> {
  const chunker = createChunker();
  const chunks: Chunk[] = [];
  const slice = Buffer.allocUnsafe(Math.min(SLICE, end - start));
  for (let at = start; at < end;) {
    if (signal.aborted) throw cancelled();
    const { bytesRead } = await file.read(slice, 0, Math.min(slice.length, end - at), at);
    if (bytesRead === 0) break;
    chunks.push(...nextBlock(chunker, slice.subarray(0, bytesRead)));
    at += bytesRead;
  }
  const last = finalize(chunker);
  return last === null ? chunks : [...chunks, last];
}
