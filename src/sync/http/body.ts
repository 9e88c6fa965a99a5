import { pipeline, Readable } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { SyncError } from '../errors.ts';

/** The encodings that `readBody` undoes, as an `Accept-Encoding` header. */
export const ACCEPT_ENCODING = 'br, gzip, zstd, deflate';

/**
 * Reads a body to its end and undoes its encoding.
 * @param maxBytes a longer body, before or after decoding, is refused with `badAnswer`
 * @param onBytes told of each piece as it was received
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  maxBytes: number,
  onBytes: (count: number) => void,
): Promise<Buffer> {
  let received = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      received += piece.length;
      onBytes(piece.length);
      if (received > maxBytes) throw tooLong(maxBytes);
      yield piece;
    }
  }
  const decoder = decoderFor(encoding);
  if (decoder === 'unknown') {
    // A body that nobody begins to read would keep its connection.
    const unread = counted();
    await unread.next();
    await unread.return(undefined);
    throw new SyncError(
      'badAnswer',
      `The server used the unknown encoding ${encoding ?? ''}. ` +
        'A proxy may be in the way: check its settings.',
    );
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of decoder === undefined ? counted() : decode(counted(), decoder)) {
    length += piece.length;
    if (length > maxBytes) throw tooLong(maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

type Decoder = NodeJS.ReadWriteStream & AsyncIterable<unknown>;

function decoderFor(encoding: string | undefined): Decoder | 'unknown' | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case 'deflate':
      return createInflate();
    default:
      return 'unknown';
  }
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
    `The answer is longer than ${maxBytes} bytes. Check the address in the settings.`,
  );
}
