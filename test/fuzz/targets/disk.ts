import assert from 'node:assert/strict';
import { isAbsolute, join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { formatJournal, parseJournal } from '../../../src/download/file/journal.ts';
import { parseReceipt } from '../../../src/download/receipt.ts';
import { assertCount, orTypedError } from '../holds.ts';
import { commit, count, fileName, sha256, text } from '../inputs/hub.ts';
import { jsonBody, membersOf } from '../inputs/json.ts';
import { damagedText } from '../inputs/text.ts';
import { target } from '../target.ts';

const position = fc.oneof(fc.nat(5_000), fc.constantFrom(0, 2 ** 40));
const span = fc.tuple(position, position).map(([one, other]) => `${one}-${one + other}`);
const spans = fc.array(span, { maxLength: 4 }).map((list) => list.join(' '));
const line = fc.oneof(
  span.map((one) => `w ${one}`),
  spans.map((list) => `s ${list}`),
  spans.map((list) => `x ${list}`),
  fc.constantFrom('n', 'e "tag"'),
);
const journalText = fc
  .record({
    model: text,
    revision: commit,
    path: fileName,
    size: count,
    hex: sha256,
    bootedAt: fc.nat(),
  })
  .chain(({ hex, ...header }) =>
    fc.array(line, { maxLength: 6 }).map((lines) => {
      const digest = { algorithm: 'sha256', hex };
      return [JSON.stringify({ version: 1, ...header, digest }), ...lines, ''].join('\n');
    }),
  );

/** What was written of a file that is not whole yet. */
export const journal = target({
  name: 'journal',
  reads: 'journals of downloads',
  inputs: damagedText(journalText),
  size: (written) => written.length,
  check: (written) => {
    const content = parseJournal(written);
    if (content === undefined) return;
    assertCount(content.header.size);
    for (const { ranges } of [content.written, content.synced]) {
      let last = -1;
      for (const { start, end } of ranges) {
        assert.ok(Number.isSafeInteger(start) && Number.isSafeInteger(end), `${start}-${end}`);
        assert.ok(last < start && start < end);
        assert.ok(end <= content.header.size, 'bytes behind the end of the file');
        last = end;
      }
    }
    const again = parseJournal(formatJournal(content));
    assert.deepEqual(again?.header, content.header);
    assert.deepEqual(again.written.ranges, content.written.ranges);
    assert.deepEqual(again.synced.ranges, content.synced.ranges);
    assert.equal(again.etag, content.etag);
  },
});

const receiptFile = fc.record({
  ...{ path: fileName, size: count, modifiedAt: count },
  digest: fc.record({ algorithm: fc.constant('sha256'), hex: sha256 }),
  role: fc.constantFrom('weights', 'projector', 'companion'),
});
const kept = { revision: commit, files: fc.array(receiptFile, { maxLength: 3 }) };
const receiptJson = fc.record({
  ...{ version: fc.constant(1), model: text },
  variants: fc.array(
    membersOf({ ...kept, name: text }, { quantisation: text, previous: fc.record(kept) }),
    { maxLength: 2 },
  ),
});

/** What says of a folder what was installed there. */
export const receipt = target({
  name: 'receipt',
  reads: 'receipts of installed models',
  inputs: jsonBody(receiptJson),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes }) => {
    const folder = resolve('/models/a');
    const read = await orTypedError(() => parseReceipt(bytes.toString(), '/models/a/receipt'));
    const revisions = (read?.variants ?? []).flatMap((one) => [one, one.previous ?? one]);
    for (const { revision, files } of revisions) {
      assert.match(revision, /^[0-9a-f]{40}$/);
      for (const { path, size } of files) {
        assertCount(size);
        assert.ok(!isAbsolute(path) && resolve(join(folder, path)).startsWith(folder + sep), path);
      }
    }
  },
});
