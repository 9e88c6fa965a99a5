import assert from 'node:assert/strict';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { PublishedCatalogue } from '../../../src/sync/gateway/publishedCatalogue.ts';
import { listBody as readBody } from '../../../src/sync/gateway/publishedBody.ts';
import {
  applyDelta,
  makeDelta,
  sha256Of,
  unpackBody,
} from '../../../src/sync/publish/compression.ts';
import { parsePointer } from '../../../src/sync/publish/pointer.ts';
import { cannedSession, ENDPOINT, NO_LOGGER } from '../answers.ts';
import { assertListing, orTypedError } from '../holds.ts';
import type { ByteChange } from '../inputs/bytes.ts';
import { byteChange, changedBytes } from '../inputs/bytes.ts';
import { commit, count, fileName, name, sha256, text } from '../inputs/hub.ts';
import { jsonBody, listBody, membersOf } from '../inputs/json.ts';
import { target } from '../target.ts';

const SOURCE = `published:${ENDPOINT.href}`;

/** The file that names the newest body. */
export const publishedPointer = target({
  name: 'pointer',
  reads: 'the pointer of a published catalogue',
  inputs: jsonBody(
    membersOf(
      {
        format: fc.constantFrom(1, 1, 1, 2),
        sequence: count,
        sha256,
        size: fc.nat({ max: 2 ** 29 }),
      },
      { signature: fc.oneof(fc.stringMatching(/^[\w-]{86}$/), text) },
    ),
  ),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes }) => {
    const pointer = await orTypedError(() => parsePointer(bytes, 'host'));
    if (pointer !== undefined) {
      assert.ok(Number.isSafeInteger(pointer.sequence) && pointer.sequence > 0);
      assert.match(pointer.sha256, /^[0-9a-f]{64}$/);
      assert.ok(Number.isSafeInteger(pointer.size) && pointer.size > 0);
    }
    // Nobody has signed it: whatever it says, nothing is accepted.
    const source = new PublishedCatalogue(SOURCE, ENDPOINT.href, 'A'.repeat(43));
    const http = cannedSession({ body: bytes });
    const question = { manifest: new Map(), times: new Map(), first: true, counters: true };
    const asked = { ...question, validators: {}, http, logger: NO_LOGGER };
    assert.equal(await orTypedError(() => source.sweep(asked)), undefined);
  },
});

const size = fc.oneof(
  fc.record({ sureness: fc.constantFrom('exact', 'estimated'), bytes: count }),
  fc.constant({ sureness: 'unknown' }),
);
const file = membersOf({ path: fileName, size }, { sha256 });
const time = fc.oneof(fc.integer(), fc.constantFrom(8.64e15, -8.64e15));
const line = membersOf(
  { id: fc.tuple(name, name).map((parts) => parts.join('/')) },
  {
    ...{ description: text, sha: commit, createdAt: time, lastModified: time, license: text },
    ...{ gated: fc.constantFrom(false, 'auto', 'manual'), private: fc.boolean(), task: text },
    ...{ library: text, architecture: text, parameters: count, contextLength: count },
    ...{ takesTools: fc.boolean(), tags: fc.array(text, { maxLength: 3 }), downloads: count },
    variants: fc.array(
      membersOf({ name: text, files: fc.array(file, { maxLength: 3 }), size }, { mmproj: file }),
      { maxLength: 3 },
    ),
  },
).map((one) => ({ ...one, id: String(one['id']) }));

/** The lines of a body, as a list, since it is by lines that they are read. */
export const publishedBody = target({
  name: 'published-body',
  reads: 'the body of a published catalogue',
  inputs: listBody(line, ({ id }) => id),
  size: ({ bytes }) => bytes.length,
  check: async ({ lines, whole, isList }) => {
    const body = Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]));
    const listing = await orTypedError(() =>
      readBody(body, SOURCE, { manifest: new Map(), logger: NO_LOGGER }, {}),
    );
    if (listing === undefined) {
      assert.ok(!isList || whole.length === 0, 'what was well in the body got lost');
      return;
    }
    const rows = await assertListing(SOURCE, listing);
    if (!isList) return;
    for (const { id } of whole) assert.ok(rows.has(id), `${id} got lost`);
  },
});

const OLD = Buffer.from(Array.from({ length: 300 }, (_, at) => `{"id":"a/m${at}"}\n`).join(''));
const NEW = Buffer.concat([OLD.subarray(0, 3_000), Buffer.from('{"id":"b/new"}\n'), OLD]);
const DELTA = await makeDelta(OLD, NEW);
const PACKED = zstdCompressSync(NEW);
/** Where the window and the size stand that a frame claims, behind what names the dictionary. */
const DELTA_HEADER = 40;

interface DeltaCase {
  readonly changes: readonly ByteChange[];
  readonly isDelta: boolean;
  readonly size: number;
}

/** What leads from one body to the next, and bodies as a whole. */
export const publishedDelta = target<DeltaCase>({
  name: '.dcz',
  reads: 'deltas and bodies of a published catalogue, compressed',
  inputs: fc.record({
    changes: fc.oneof(
      fc.array(byteChange, { maxLength: 3 }),
      fc.array(
        byteChange.map((one) => ({ ...one, at: DELTA_HEADER + (one.at % 12) })),
        { minLength: 1, maxLength: 2 },
      ),
    ),
    isDelta: fc.boolean(),
    size: fc.constantFrom(NEW.length, NEW.length, 1, NEW.length - 1, 256 * 1024 * 1024),
  }),
  size: ({ isDelta }) => (isDelta ? DELTA : PACKED).length + NEW.length,
  check: async ({ changes, isDelta, size: said }) => {
    const bytes = changedBytes(isDelta ? DELTA : PACKED, changes);
    const body = await (isDelta ? applyDelta(OLD, bytes, said) : unpackBody(bytes, said)).catch(
      refuseOther,
    );
    if (body === undefined) return;
    assert.ok(body.length <= Math.max(said, bytes.length));
    const isWhole = changes.length === 0;
    if (isWhole) assert.equal(sha256Of(body), sha256Of(NEW));
  },
});

/** What zlib says, and what says that a delta belongs to another body; the gateway tells it in words. */
function refuseOther(error: unknown): undefined {
  assert.ok(error instanceof Error);
  const code = String(Reflect.get(error, 'code') ?? '');
  const isZlib = code.startsWith('Z') || code === 'ERR_BUFFER_TOO_LARGE';
  assert.ok(isZlib || error.message === 'The delta belongs to another body.', String(error));
}
