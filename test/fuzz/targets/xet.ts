import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CasClient } from '../../../src/download/differential/casClient.ts';
import { sizeOfTerms } from '../../../src/download/differential/terms.ts';
import { XetSource } from '../../../src/download/differential/xetSource.ts';
import type { FileSource } from '../../../src/download/file/fileDownload.ts';
import { byteGrouped, lz4Frame } from '../../hub/xet/lz4.ts';
import type { CannedAnswer } from '../answers.ts';
import { cannedTransport, CLOCK, ENDPOINT } from '../answers.ts';
import { orTypedError } from '../holds.ts';
import type { ByteChange } from '../inputs/bytes.ts';
import { byteChange, changedBytes } from '../inputs/bytes.ts';
import { sha256 } from '../inputs/hub.ts';
import { jsonBody, membersOf } from '../inputs/json.ts';
import { target } from '../target.ts';

const SOURCE: FileSource = { endpoint: ENDPOINT, model: 'a/b', revision: 'main' };
const HASH = '0a'.repeat(32);
const TOKEN = {
  body: Buffer.from(
    JSON.stringify({
      accessToken: 't',
      exp: Date.UTC(2100, 0) / 1_000,
      casUrl: 'https://cas.invalid',
    }),
  ),
};
const signal = new AbortController().signal;

function casOf(...answers: readonly CannedAnswer[]): {
  readonly cas: CasClient;
  readonly services: ConstructorParameters<typeof CasClient>[0];
} {
  const services = {
    send: cannedTransport(answers),
    ...{
      tokenFor: () => undefined,
      tokenCommand: () => undefined,
      userAgent: 'fuzz',
      clock: CLOCK,
    },
  };
  return { cas: new CasClient(services), services };
}

const index = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 2 ** 31 }));
const span = fc
  .tuple(index, index)
  .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) + 1 }));
const terms = fc.array(
  fc.record({ hash: sha256, unpacked_length: fc.integer({ min: 1, max: 2 ** 40 }), range: span }),
  { maxLength: 4 },
);
const address = fc.constantFrom('https://s3.invalid/x?sig=1', 'http://[::1]/', 'data:,x', 'x');
const newer = membersOf(
  {
    terms,
    xorbs: fc.dictionary(
      sha256,
      fc.array(
        fc.record({ url: address, ranges: fc.array(fc.record({ chunks: span, bytes: span })) }),
        { maxLength: 2 },
      ),
      { maxKeys: 3 },
    ),
  },
  { offset_into_first_range: fc.nat() },
);
const older = membersOf(
  {
    terms,
    fetch_info: fc.dictionary(
      sha256,
      fc.array(fc.record({ url: address, range: span, url_range: span }), { maxLength: 2 }),
      { maxKeys: 3 },
    ),
  },
  { offset_into_first_range: fc.nat() },
);

/** What storage says a file is made of, by either route. */
export const reconstruction = target({
  name: 'reconstruction',
  reads: 'what a file is made of in Xet storage',
  inputs: fc.oneof(
    jsonBody(newer).map(({ bytes }) => [{ body: bytes }]),
    jsonBody(older).map(({ bytes }) => [{ body: Buffer.alloc(0), status: 404 }, { body: bytes }]),
  ),
  size: (answers) => answers.reduce((sum, { body }) => sum + body.length, 0),
  check: async (answers) => {
    const { cas } = casOf(TOKEN, ...answers);
    const told = await orTypedError(() => cas.reconstruction(SOURCE, HASH, undefined, signal));
    if (told === undefined) return;
    for (const { hash, range, unpacked_length: length } of told.terms) {
      assert.match(hash, /^[0-9a-f]{64}$/);
      assert.ok(range.start < range.end && Number.isSafeInteger(length) && length > 0);
    }
    const size = told.terms.reduce((sum, term) => sum + term.unpacked_length, 0);
    const again = casOf(TOKEN, ...answers).cas;
    const made = await orTypedError(() => again.terms(SOURCE, HASH, size, signal));
    assert.equal(made && sizeOfTerms(made), size);
    const other = casOf(TOKEN, ...answers).cas;
    assert.equal(await orTypedError(() => other.terms(SOURCE, HASH, size + 1, signal)), undefined);
  },
});

/** Leave to ask storage, and under which name it has a file. */
export const casAnswers = target({
  name: 'cas-token',
  reads: 'leave to ask Xet storage, and the names of files there',
  inputs: fc.tuple(
    jsonBody(
      fc.record({
        accessToken: fc.string(),
        exp: fc.nat(),
        casUrl: fc.webUrl(),
        endpoint: address,
      }),
    ),
    jsonBody(fc.array(membersOf({ path: fc.constantFrom('a', 'b') }, { xetHash: sha256 }))),
  ),
  size: ([token, paths]) => token.bytes.length + paths.bytes.length,
  check: async ([token, paths]) => {
    const { cas } = casOf({ body: token.bytes }, { body: paths.bytes });
    const leave = await orTypedError(() => cas.token(SOURCE, signal));
    if (leave !== undefined) {
      assert.ok(['http:', 'https:'].includes(leave.url.protocol));
      assert.ok(Number.isFinite(leave.expiresAt));
    }
    const hash = await orTypedError(() => cas.xetHash(SOURCE, 'a', signal));
    assert.match(hash ?? HASH, /^[0-9a-f]{64}$/);
  },
});

const CHUNKS = [
  Buffer.from('a chunk as it is '.repeat(20)),
  Buffer.from('a chunk that was pressed '.repeat(30)),
  Buffer.alloc(1_000, 'abcd'),
];
const FILE = Buffer.concat(CHUNKS);
const PACKED = CHUNKS.map((chunk, scheme) => {
  const packed = [chunk, lz4Frame(chunk), lz4Frame(byteGrouped(chunk))][scheme] ?? chunk;
  const header = Buffer.alloc(8);
  header.writeUIntLE(packed.length, 1, 3);
  header.writeUInt8(scheme, 4);
  header.writeUIntLE(chunk.length, 5, 3);
  return Buffer.concat([header, packed]);
});
const PARTS = PACKED.map((part) => Buffer.concat([Buffer.from('\r\n--of\r\na: b\r\n\r\n'), part]));
const XORB_HASH = '0b'.repeat(32);

/** What a xorb is answered with, and what says of the file that it is made of that. */
interface XorbAnswer {
  readonly bytes: Buffer;
  readonly type: string;
  readonly madeOf: unknown;
}

const inOne: XorbAnswer = {
  bytes: Buffer.concat(PACKED),
  type: 'application/octet-stream',
  madeOf: madeOf([{ chunks: { start: 0, end: PACKED.length }, bytes: bytesOf(PACKED) }]),
};
const inParts: XorbAnswer = {
  bytes: Buffer.concat([...PARTS, Buffer.from('\r\n--of--\r\n')]),
  type: 'multipart/byteranges; boundary=of',
  madeOf: madeOf(
    PACKED.map((part, number) => ({
      chunks: { start: number, end: number + 1 },
      bytes: bytesOf([part], bytesOf(PACKED.slice(0, number)).end + 1),
    })),
  ),
};

/** Where these are that follow each other; the end is the last byte. */
function bytesOf(parts: readonly Buffer[], start = 0): { start: number; end: number } {
  return { start, end: start + Buffer.concat(parts).length - 1 };
}

function madeOf(
  ranges: readonly Readonly<Record<'chunks' | 'bytes', { start: number; end: number }>>[],
): unknown {
  const terms = ranges.map(({ chunks }) => ({
    hash: XORB_HASH,
    range: chunks,
    unpacked_length: Buffer.concat(CHUNKS.slice(chunks.start, chunks.end)).length,
  }));
  const xorbs = { [XORB_HASH]: [{ url: 'https://s3.invalid/xorb', ranges }] };
  return { offset_into_first_range: 0, terms, xorbs };
}

/** Chunks as storage keeps them, put together by the decoder. */
export const xorb = target<readonly [XorbAnswer, readonly ByteChange[]]>({
  name: 'xorb',
  reads: 'chunks of Xet storage',
  inputs: fc.tuple(fc.constantFrom(inOne, inParts), fc.array(byteChange, { maxLength: 3 })),
  size: ([{ bytes }, changes]) => changedBytes(bytes, changes).length + FILE.length,
  check: async ([{ bytes, type, madeOf: told }, changes]) => {
    const { cas, services } = casOf(
      TOKEN,
      { body: Buffer.from(JSON.stringify(told)) },
      { body: changedBytes(bytes, changes), headers: { 'content-type': type } },
    );
    const digest = { algorithm: 'sha256' as const, hex: HASH };
    const file = { path: 'x.gguf', size: FILE.length, digest, role: 'weights' as const };
    const source = new XetSource(SOURCE, file, HASH, cas, services);
    const read = await orTypedError(() => readAll(source));
    if (changes.length === 0) assert.ok(read?.equals(FILE), 'a whole xorb comes out wrong');
  },
});

/** All that comes, up to more than there may be. */
async function readAll(source: XetSource): Promise<Buffer> {
  const { response } = await source.ask({ start: 0, end: FILE.length }, signal);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body) {
    pieces.push(piece);
    length += piece.length;
    if (length > FILE.length) break;
  }
  return Buffer.concat(pieces);
}
