import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseModelFile } from '../../../src/jan/modelFile.ts';
import { JanCatalogue } from '../../../src/sync/gateway/janCatalogue.ts';
import { ENDPOINT } from '../answers.ts';
import { assertCount, assertListing, orTypedError } from '../holds.ts';
import { count, date, fileName, name, sha256, text } from '../inputs/hub.ts';
import { listBody, membersOf } from '../inputs/json.ts';
import { damagedText } from '../inputs/text.ts';
import { target } from '../target.ts';
import { firstQuestion } from './hub.ts';

const sizeText = fc.oneof(
  fc
    .tuple(fc.float({ min: 0, max: 5_000, noNaN: true }), fc.constantFrom('GB', 'MB', 'kb', 'B'))
    .map(([number, unit]) => `${number.toFixed(1)} ${unit}`),
  fc.constantFrom('9'.repeat(30) + ' TB', '1.2.3 GB', '. B', '8191.9 TB', ''),
);
const files = fc.array(
  membersOf(
    {
      path: fc
        .tuple(name, fileName)
        .map(([of, file]) => `https://huggingface.co/a/${of}/resolve/main/${file}`),
    },
    { file_size: sizeText, model_id: text },
  ),
  { maxLength: 3 },
);

const entry = membersOf(
  { developer: name, model_name: name },
  {
    ...{ description: text, downloads: count, createdAt: date, tools: fc.boolean() },
    ...{ library_name: text, quants: files, mmproj_models: files, safetensors_files: files },
  },
).map((one) => ({ ...one, id: `${String(one['developer'])}/${String(one['model_name'])}` }));

/** Jan's catalogue file, of either version. */
export const janCatalogue = target({
  name: 'jan-catalogue',
  reads: "Jan's catalogue",
  inputs: listBody(entry, ({ id }) => id),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes, whole, isList }) => {
    const source = new JanCatalogue('v2', ENDPOINT);
    const listing = await orTypedError(() => source.sweep(firstQuestion({ body: bytes })));
    if (listing === undefined) {
      assert.ok(!isList || whole.length === 0, 'what was well in the catalogue got lost');
      return;
    }
    const rows = await assertListing(source.key, listing);
    if (!isList) return;
    for (const one of whole) {
      const row = rows.get(one.id);
      assert.ok(row !== undefined, `${one.id} got lost`);
      assert.equal(row.counters.downloads, Reflect.get(one, 'downloads'));
      assert.equal(row.record.takesTools, Reflect.get(one, 'tools'));
    }
  },
});

const modelPath = fc.constantFrom(
  'llamacpp/models/a/model.gguf',
  'C:\\models\\a.gguf',
  '/m/a.gguf',
);
const modelFile = fc
  .record({ model_path: modelPath, name: text, sha: sha256, size: count, more: text })
  .map(({ model_path, name: named, sha, size, more }) =>
    [
      `model_path: ${model_path}`,
      `name: ${JSON.stringify(named)}`,
      `model_sha256: ${sha}`,
      `size_bytes: ${size}`,
      `sha256: "${sha.toUpperCase()}"`,
      `mmproj_path: ~`,
      `source: >-\n  ${more}`,
      '',
    ].join('\n'),
  );
const bombs = fc.constantFrom(
  '['.repeat(20_000),
  `model_path: ${'{a: '.repeat(5_000)}`,
  `${'- '.repeat(10_000)}a`,
  `a: &a [x]\nmodel_path: [${'*a,'.repeat(5_000)}]`,
  `${'? '.repeat(5_000)}a`,
  `model_path: "${'\\u0041'.repeat(5_000)}"`,
  `model_path: !!binary ${'A'.repeat(5_000)}`,
  `model_path: x\n${'#'.repeat(30_000)}`,
  `model_path: |\n${' x\n'.repeat(5_000)}`,
  'model_path: x\n---\n'.repeat(1_000),
);

/** What Jan notes beside a model. */
export const janModelFile = target({
  name: 'model.yml',
  reads: "Jan's file beside a model",
  inputs: fc.oneof(
    { weight: 200, arbitrary: damagedText(modelFile) },
    { weight: 1, arbitrary: bombs },
  ),
  size: (yaml) => yaml.length,
  check: (yaml) => {
    const file = orReason(() => parseModelFile(yaml));
    if (file === undefined) return;
    assert.ok(file.model_path.length > 0);
    for (const size of [file.size_bytes, file.model_size_bytes, file.mmproj_size_bytes])
      assertCount(size);
    for (const digest of [file.model_sha256, file.mmproj_sha256])
      assert.match(digest ?? '0'.repeat(64), /^[0-9a-f]{64}$/);
    for (const value of Object.values(file)) assert.ok(['string', 'number'].includes(typeof value));
  },
});

/** Undefined if it says in words why it cannot be read. */
function orReason<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Error && error.constructor === Error, String(error));
    assert.ok(['it is not YAML', 'it names no file'].includes(error.message), error.message);
    return undefined;
  }
}
