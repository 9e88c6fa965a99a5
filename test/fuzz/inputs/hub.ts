import fc from 'fast-check';
import { membersOf } from './json.ts';
import { anyText } from './text.ts';

/** Values as upstreams write them, from the usual to the limits of what is allowed. */
export const name = fc.stringMatching(/^[A-Za-z\d_][\w.-]{0,20}$/);
export const commit = hexOf(40);
export const sha256 = hexOf(64);
export const count = fc.oneof(fc.nat(), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER));
export const date = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }).map((time) => new Date(time).toISOString()),
  fc.constantFrom('1970-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '2024-02-29'),
);
export const text = fc.oneof(fc.string({ maxLength: 20 }), anyText);
const quantised = fc.constantFrom('Q4_K_M', 'IQ2_XXS', 'F32', 'BF16', 'Q8_0', 'MXFP4');
export const fileName = fc.oneof(
  fc.tuple(name, quantised).map(([stem, quantisation]) => `${stem}-${quantisation}.gguf`),
  fc
    .tuple(name, fc.integer({ min: 1, max: 3 }))
    .map(([stem, part]) => `q/${stem}-Q4_0-0000${part}-of-00003.gguf`),
  fc.constantFrom('mmproj-model-f16.gguf', 'README.md', 'model.safetensors', 'imatrix.gguf'),
  text,
);
const gate = fc.constantFrom(false, 'auto', 'manual');

function hexOf(digits: number): fc.Arbitrary<string> {
  return fc.nat().map((number) => number.toString(16).padStart(digits, '0a'));
}

const AUTHOR = 'author';

/** An entry of the Hub's list of the models of `AUTHOR`, with all fields that are asked for. */
export const repository = membersOf(
  { id: name.map((one) => `${AUTHOR}/${one}`), sha: commit },
  {
    ...{ lastModified: date, createdAt: date, gated: gate, private: fc.boolean() },
    ...{
      disabled: fc.boolean(),
      downloads: count,
      likes: count,
      trendingScore: fc.float({ noNaN: true, noDefaultInfinity: true }),
    },
    ...{ pipeline_tag: text, library_name: text, tags: fc.array(text, { maxLength: 3 }) },
    siblings: fc.array(membersOf({ rfilename: fileName }, { size: count }), { maxLength: 4 }),
    gguf: membersOf(
      {},
      { total: count, architecture: text, context_length: count, chat_template: text },
    ),
  },
).map((entry) => ({ ...entry, id: String(entry['id']) }));

/** An entry of a file tree. */
export const treeEntry = membersOf(
  { type: fc.constantFrom('file', 'file', 'file', 'directory'), path: fileName, size: count },
  { oid: commit, lfs: fc.record({ oid: sha256, size: count, pointerSize: count }) },
).map((entry) => ({ ...entry, type: String(entry['type']), path: String(entry['path']) }));
