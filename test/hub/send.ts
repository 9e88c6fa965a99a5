import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FileBody } from './body.ts';
import { bufferBody } from './body.ts';
import {
  contentRange,
  MULTIPART_TYPE,
  multipartBody,
  parseRange,
  parseRanges,
} from './byteRanges.ts';
import type { Coding, EncodingFault } from './encodings.ts';
import { bomb, chooseCoding, encode } from './encodings.ts';
import type { Exchange, Reply } from './exchange.ts';
import type { FileDamage } from './fileDamage.ts';
import { Broken, corrupted, damagedPart, hampered } from './fileDamage.ts';

const COMPRESS_FROM = 1024;

/** What a fault does to an answer on its way. */
export interface Damage {
  /** Nothing is ever 304. */
  readonly ignoreConditions?: boolean;
  readonly hideEtags?: boolean;
  /** Break the connection once the headers are out. */
  readonly reset?: boolean;
  /** Break it after that many bytes of the body, or after half of them. */
  readonly truncateTo?: number | 'half';
  readonly encoding?: EncodingFault;
  /** Of answers that understand ranges. */
  readonly file?: FileDamage;
}

export interface Wire {
  readonly response: ServerResponse;
  /** Ends the exchange without an end of the message. */
  breakOff(): void;
}

function collect(body: FileBody): Buffer {
  return body.bytes ?? Buffer.concat([...body.read(0, body.size)]);
}

/** The ETag of Express' default: length in hex and 27 characters of the SHA-1. */
function expressEtag(bytes: Buffer): string {
  const digest = createHash('sha1').update(bytes).digest('base64').slice(0, 27);
  return `W/"${bytes.length.toString(16)}-${digest}"`;
}

function opaque(etag: string): string {
  return etag.trim().replace(/^W\//, '');
}

/** RFC 9110 13.1.2: `If-None-Match` compares weakly. */
function matches(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return (
    condition.trim() === '*' || condition.split(',').some((one) => opaque(one) === opaque(etag))
  );
}

interface Prepared {
  status: number;
  headers: Record<string, string>;
  body: FileBody | undefined;
  from: number;
  to: number;
}

function isConditional(exchange: Exchange): boolean {
  return exchange.method === 'GET' || exchange.method === 'HEAD';
}

function ranged(
  exchange: Exchange,
  reply: Reply,
  prepared: Prepared,
  etag: string | undefined,
  file: FileDamage | undefined,
): Prepared {
  prepared.headers['Accept-Ranges'] = 'bytes';
  if (file?.ignoreRange) return prepared;
  const condition = exchange.headers['if-range'];
  // If-Range compares strongly: a weak validator says nothing about bytes.
  const isSame = condition === undefined || (condition === etag && !condition.startsWith('W/'));
  const { body, to: size } = prepared;
  const several = reply.ranges === 'several' && parseRanges(exchange.headers.range, size);
  if (several && body) {
    const parts = multipartBody(body, reply.type ?? 'application/octet-stream', several);
    prepared.headers['Content-Type'] = MULTIPART_TYPE;
    return { ...prepared, status: 206, body: parts, to: parts.size };
  }
  const range = isSame ? parseRange(exchange.headers.range, size) : 'none';
  if (range === 'none' || reply.status !== 200) return prepared;
  if (range === 'unsatisfiable') {
    prepared.headers['Content-Range'] = `bytes */${size}`;
    return { ...prepared, status: 416, body: bufferBody(Buffer.alloc(0)), from: 0, to: 0 };
  }
  const [from, to] = range;
  prepared.headers['Content-Range'] = contentRange(range, size);
  return { ...prepared, status: 206, from, to };
}

async function prepare(exchange: Exchange, reply: Reply, damage: Damage): Promise<Prepared> {
  const headers: Record<string, string> = { ...reply.headers };
  const file = reply.ranges ? damage.file : undefined;
  const body = reply.body && file ? corrupted(reply.body, file) : reply.body;
  if (reply.type !== undefined && body) headers['Content-Type'] = reply.type;
  const etag = etagOf(reply, file);
  if (etag !== undefined && !damage.hideEtags) headers['ETag'] = etag;
  if (
    etag !== undefined &&
    isConditional(exchange) &&
    !damage.ignoreConditions &&
    !damage.hideEtags
  ) {
    if (reply.status < 400 && matches(exchange.headers['if-none-match'], etag)) {
      return { status: 304, headers, body: undefined, from: 0, to: 0 };
    }
  }
  let prepared: Prepared = { status: reply.status, headers, body, from: 0, to: body?.size ?? 0 };
  if (reply.ranges) prepared = ranged(exchange, reply, prepared, etag, file);
  if (reply.compressible) headers['Vary'] = 'Origin, Accept-Encoding';
  const isWorthIt = prepared.to >= COMPRESS_FROM || damage.encoding === 'bomb';
  if (reply.compressible && prepared.status === 200 && isWorthIt && !exchange.headers.range) {
    const coding = chooseCoding(exchange.headers['accept-encoding'], damage.encoding);
    if (coding && body) {
      const bytes = await (damage.encoding === 'bomb'
        ? bomb(coding)
        : encode(collect(body), coding));
      return compressed(prepared, bytes, coding, etag);
    }
  }
  if (file) prepared = damagedPart(prepared, prepared.status === 206, file);
  if (prepared.to !== Infinity)
    prepared.headers['Content-Length'] = String(prepared.to - prepared.from);
  return prepared;
}

function etagOf({ etag, body }: Reply, file: FileDamage | undefined): string | undefined {
  if (etag === 'express' && body) return expressEtag(collect(body));
  return file?.otherEtag ? etag?.replace('"', '"other-') : etag;
}

/** Chunked and without a length, as the Hub's edge compresses on the fly. */
function compressed(
  prepared: Prepared,
  bytes: Buffer,
  coding: Coding,
  etag: string | undefined,
): Prepared {
  const headers: Record<string, string> = { ...prepared.headers, 'Content-Encoding': coding };
  if (etag !== undefined && headers['ETag'] !== undefined) headers['ETag'] = `W/${opaque(etag)}`;
  delete headers['Accept-Ranges'];
  return { ...prepared, headers, body: bufferBody(bytes), from: 0, to: bytes.length };
}

/** Until the client has taken what was written, or has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Until the connection has ended. */
function gone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once('close', resolve);
  });
}

async function stream(
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  response: ServerResponse,
): Promise<void> {
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
}

/** How much of a body gets out before the connection breaks; undefined: all, and it does not. */
function bytesBeforeBreak({ reset, truncateTo }: Damage, length: number): number | undefined {
  // One byte of the body drags the headers out of the buffer before the connection goes.
  if (reset) return Math.min(1, length);
  return truncateTo === 'half' ? Math.floor(length / 2) : truncateTo;
}

/** Writes the answer, with backpressure, and does it the harm that a fault asks for. */
export async function send(
  exchange: Exchange,
  reply: Reply,
  wire: Wire,
  damage: Damage,
): Promise<void> {
  const { response } = wire;
  const { status, headers, body, from, to } = await prepare(exchange, reply, damage);
  if (response.destroyed) return;
  response.writeHead(status, headers);
  const limit = bytesBeforeBreak(damage, to - from);
  let isBroken = limit !== undefined;
  if (body !== undefined && exchange.method !== 'HEAD') {
    const pieces = body.read(from, limit === undefined ? to : Math.min(to, from + limit));
    const file = reply.ranges ? damage.file : undefined;
    // What has begun is to be seen, even where nothing follows.
    if (file?.stall !== undefined) response.flushHeaders();
    try {
      await stream(file ? hampered(pieces, file, () => gone(response)) : pieces, response);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      isBroken = true;
    }
  }
  if (!isBroken) {
    response.end();
    return;
  }
  response.flushHeaders();
  response.write('', () => wire.breakOff());
}
