import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import type { Flow } from '../file/fileDownload.ts';

/** Read in one go, in bytes. */
const PIECE = 256 * 1024;

/** A file on this disk whose bytes are known. */
export interface KnownBytes {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A file cannot be read, or has other bytes than are known of it. */
export class OtherFile extends Error {}

/**
 * The bytes of a file, the last of them only if all together have the digest: who stores what comes
 * whole never stores anything else.
 * @param take leave to use the line
 * @throws OtherFile; SyncError `cancelled`
 */
export async function* provenBytes(
  known: KnownBytes,
  take: Flow['take'],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* checked(known, take, signal);
  } catch (error) {
    if (signal.aborted || error instanceof OtherFile) throw error;
    throw new OtherFile(t('{0} cannot be read.', known.path), { cause: error });
  }
}

async function* checked(
  { path, size, sha256 }: KnownBytes,
  take: Flow['take'],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    for (let at = 0; at < size; at += PIECE) {
      const wanted = Math.min(PIECE, size - at);
      await take(wanted, signal);
      // What was handed out may still be on its way, so each piece has memory of its own.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      hash.update(buffer.subarray(0, bytesRead));
      const isLast = at + wanted === size;
      if (bytesRead < wanted || (isLast && hash.digest('hex') !== sha256)) {
        throw new OtherFile(t('{0} has other bytes than were downloaded.', path));
      }
      yield buffer;
    }
  } finally {
    await file.close();
  }
}
