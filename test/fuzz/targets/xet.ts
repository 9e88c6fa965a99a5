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
const XORB = Buffer.concat(
  CHUNKS.flatMap((chunk, scheme) => {
    const packed = [chunk, lz4Frame(chunk), lz4Frame(byteGrouped(chunk))][scheme] ?? chunk;
    const header = Buffer.alloc(8);
    header.writeUIntLE(packed.length, 1, 3);
    header.writeUInt8(scheme, 4);
    header.writeUIntLE(chunk.length, 5, 3);
    return [header, packed];
  }),
);
const XORB_HASH = '0b'.repeat(32);
const MADE_OF = {
  offset_into_first_range: 0,
  terms: [
    { hash: XORB_HASH, unpacked_length: FILE.length, range: { start: 0, end: CHUNKS.length } },
  ],
  xorbs: {
    [XORB_HASH]: [
      {
        url: 'https://s3.invalid/xorb',
        ranges: [
          { chunks: { start: 0, end: CHUNKS.length }, bytes: { start: 0, end: XORB.length - 1 } },
        ],
      },
    ],
  },
};

/**
 * Whether no compressed block says that it is longer than its chunk. The decoder, which is not
 * ours, believes that, and takes so many steps.
 */
function isHonest(bytes: Buffer): boolean {
  for (let at = 0; at + 8 <= bytes.length;) {
    const end = at + 8 + bytes.readUIntLE(at + 1, 3);
    const isCompressed = bytes.readUInt8(at + 4) !== 0;
    const hasSize = ((bytes[at + 12] ?? 0) & 8) !== 0;
    const hasSums = ((bytes[at + 12] ?? 0) & 16) !== 0;
    let block = at + 8 + 7 + (hasSize ? 8 : 0);
    while (isCompressed && block + 4 <= bytes.length) {
      const length = bytes.readUInt32LE(block) & 0x7fffffff;
      if (length === 0) break;
      block += 4 + (hasSums ? 4 : 0) + length;
      if (block > end) return false;
    }
    at = end;
  }
  return true;
}

/** Chunks as storage keeps them, put together by the decoder. */
export const xorb = target<readonly ByteChange[]>({
  name: 'xorb',
  reads: 'chunks of Xet storage',
  inputs: fc
    .array(byteChange, { maxLength: 3 })
    .filter((changes) => isHonest(changedBytes(XORB, changes))),
  size: (changes) => changedBytes(XORB, changes).length + FILE.length,
  check: async (changes) => {
    const bytes = changedBytes(XORB, changes);
    const answers = [TOKEN, { body: Buffer.from(JSON.stringify(MADE_OF)) }, { body: bytes }];
    const { cas, services } = casOf(...answers);
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
