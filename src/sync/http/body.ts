import { pipeline, Readable } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { t } from '@vscode/l10n';
import { cancelled, describeError, SyncError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { TransportResponse } from './transport.ts';

/** The encodings that `readBody` undoes, as an `Accept-Encoding` header. */
export const ACCEPT_ENCODING = 'br, gzip, zstd, deflate';

/** An unread body longer than this costs more than a new connection. */
const MAX_UNUSED = 64 * 1024;
/** Nobody compresses more often in good faith. */
const MAX_ENCODINGS = 3;
/** RFC 9659: a window of more than 8 MB is not for the web. */
const ZSTD_WINDOW_LOG = 23;

/**
 * Reads a body to its end and undoes its encodings.
 * @param encoding the header `Content-Encoding`: in the order in which they were applied
 * @param maxBytes a longer body, before, between or after decoding, is refused with `badAnswer`
 * @param onBytes told of each piece as it was received
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  maxBytes: number,
  onBytes: (count: number) => void,
): Promise<Buffer> {
  const received = capped(body, maxBytes, onBytes);
  const decoders = decodersFor(encoding);
  if (decoders === undefined) {
    // A body that nobody begins to read would keep its connection.
    await received.next();
    await received.return(undefined);
    throw new SyncError(
      'badAnswer',
      t(
        'The server used the unknown encoding {0}. A proxy may be in the way: check its settings.',
        encoding ?? '',
      ),
    );
  }
  const decoded = decoders.reduce(
    (stage, decoder) => capped(decode(stage, decoder()), maxBytes),
    received,
  );
  const pieces: Uint8Array[] = [];
  for await (const piece of decoded) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The encodings that a body still has: see `readBody`. */
export function encodingOf({ decoded, headers }: TransportResponse): string | undefined {
  return decoded ? undefined : headers['content-encoding'];
}

/**
 * Reads a body that nobody needs: left unread, it would keep its connection from being used again.
 * @param onBytes told of each piece as it was received
 * @returns what it says; nothing where it broke off or is too long
 * @throws SyncError `cancelled`
 */
export async function readUnused(
  response: TransportResponse,
  signal: AbortSignal,
  logger: Logger,
  onBytes: (count: number) => void = () => undefined,
): Promise<Buffer> {
  try {
    return await readBody(response.body, encodingOf(response), MAX_UNUSED, onBytes);
  } catch (error) {
    if (signal.aborted) throw cancelled(error);
    logger.debug(`An answer without use broke off: ${describeError(error)}`);
    return Buffer.alloc(0);
  }
}

async function* capped(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  onBytes?: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    onBytes?.(piece.length);
    if (length > maxBytes) throw tooLong(maxBytes);
    yield piece;
  }
}

type Decoder = NodeJS.ReadWriteStream & AsyncIterable<unknown>;

const DECODERS: ReadonlyMap<string, () => Decoder> = new Map<string, () => Decoder>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
  [
    'zstd',
    () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
  ],
  ['deflate', createInflate],
]);

/** What undoes the encodings, the last one first; undefined if one of them is unknown. */
function decodersFor(encoding = ''): (() => Decoder)[] | undefined {
  const names = encoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const decoders = names.flatMap((name) => DECODERS.get(name) ?? []);
  const isKnown = decoders.length === names.length && names.length <= MAX_ENCODINGS;
  return isKnown ? decoders.reverse() : undefined;
}

async function* decode(
  encoded: AsyncIterable<Uint8Array>,
  decoder: Decoder,
): AsyncGenerator<Uint8Array> {
  // An error of the source destroys the decoder with it, so it surfaces in the loop below.
  pipeline(Readable.from(encoded), decoder, () => undefined);
  for await (const piece of decoder) yield piece as Uint8Array;
}

function tooLong(maxBytes: number): SyncError {
  return new SyncError(
    'badAnswer',
    t('The answer is longer than {0} bytes. Check the address in the settings.', maxBytes),
  );
}
