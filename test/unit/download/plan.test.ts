import assert from 'node:assert/strict';
import { DownloadError } from '../../../src/download/errors.ts';
import { isCompanion, planDownload } from '../../../src/download/plan.ts';
import type { ModelFile } from '../../../src/sync/model.ts';
import { groupVariants } from '../../../src/sync/variants.ts';
import { exact, estimated, unknown } from '../support/rows.ts';

const MODEL = 'janhq/Jan-v1-4B-GGUF';
const REVISION = 'c'.repeat(40);
const SHA256 = 'd'.repeat(64);
const GIT = 'e'.repeat(40);

const lfs = (path: string, bytes = 100): ModelFile => ({
  path,
  size: exact(bytes),
  sha256: SHA256,
});
const git = (path: string, bytes = 10): ModelFile => ({ path, size: exact(bytes), gitSha1: GIT });

describe('A plan', () => {
  const plan = (variant: string, files: readonly ModelFile[], projector = true) =>
    planDownload({ model: MODEL, revision: REVISION, variant, files, projector });
  const refuses = (kind: string, message: RegExp, work: () => unknown): void =>
    assert.throws(work, (error) => {
      assert.ok(error instanceof DownloadError);
      assert.equal(error.kind, kind, error.message);
      assert.match(error.message, message);
      return true;
    });

  it('holds all parts of a split file, in order, with what proves them', () => {
    const parts = ['m-Q4_0-00002-of-00003.gguf', 'm-Q4_0-00001-of-00003.gguf'];
    const files = [...parts, 'm-Q4_0-00003-of-00003.gguf', 'm-Q8_0.gguf'].map((path) => lfs(path));
    const made = plan('m-Q4_0', [...files, git('README.md')]);
    assert.deepEqual(
      made.files.map(({ path, role }) => [path, role]),
      [1, 2, 3].map((part) => [`m-Q4_0-0000${part}-of-00003.gguf`, 'weights']),
    );
    assert.deepEqual(made.files[0]?.digest, { algorithm: 'sha256', hex: SHA256 });
    assert.deepEqual([made.size, made.quantisation, made.revision], [300, 'Q4_0', REVISION]);
  });

  it('holds the projector only if it is wanted', () => {
    const files = [lfs('m-Q4_0.gguf'), lfs('mmproj-F16.gguf', 7), git('config.json')];
    const roles = (projector: boolean) =>
      plan('m-Q4_0', files, projector).files.map(({ role }) => role);
    assert.deepEqual(roles(true), ['weights', 'projector']);
    assert.deepEqual(roles(false), ['weights']);
    assert.equal(plan('m-Q4_0', files).size, 107);
  });

  it('holds what weights without a header need beside them, and no programs', () => {
    const files = [
      lfs('model-00001-of-00002.safetensors'),
      lfs('model-00002-of-00002.safetensors'),
      lfs('tokenizer.model'),
      git('config.json'),
      git('chat_template.jinja'),
      git('merges.txt'),
      git('README.md'),
      git('.gitattributes'),
      git('modeling.py'),
      git('onnx/config.json'),
    ];
    const made = plan('safetensors', files);
    assert.deepEqual(
      made.files.filter(({ role }) => role === 'companion').map(({ path }) => path),
      ['tokenizer.model', 'config.json', 'chat_template.jinja', 'merges.txt'],
    );
    assert.deepEqual(made.files.find(({ path }) => path === 'config.json')?.digest, {
      algorithm: 'git',
      hex: GIT,
    });
  });

  it('holds what lies beside the weights and at the top, and of other weights nothing', () => {
    const files = [
      ...[lfs('fp16/model.safetensors'), git('fp16/config.JSON'), git('tokenizer.tiktoken')],
      ...[git('fp16/deeper/config.json'), git('notes.json.bak'), git('other/config.json')],
    ];
    const [variant] = groupVariants(files);
    const made = plan(variant?.name ?? '', files);
    assert.deepEqual(
      made.files.map(({ path, role }) => [path, role]),
      [
        ['fp16/model.safetensors', 'weights'],
        ['fp16/config.JSON', 'companion'],
        ['tokenizer.tiktoken', 'companion'],
      ],
    );
    assert.equal(made.size, 120);
    assert.ok(!('quantisation' in made));
  });

  it('knows the files that are needed beside weights by their names', () => {
    for (const path of ['a.json', 'a.jinja', 'a.txt', 'a.model', 'a.tiktoken', 'x/A.JSON'])
      assert.ok(isCompanion(path), path);
    for (const path of ['a.py', 'json', 'a.jsonl', 'a.json.bak', 'README.md'])
      assert.ok(!isCompanion(path), path);
  });

  for (const revision of ['main', 'c'.repeat(39), 'c'.repeat(41), `x${'c'.repeat(40)}`, '']) {
    it(`is refused for the commit "${revision}", which is none`, () => {
      refuses('unknownSize', /which commit would be downloaded.*Refresh/, () =>
        planDownload({
          ...{ model: MODEL, revision, variant: 'm', files: [lfs('m.gguf')], projector: true },
        }),
      );
    });
  }

  it('is refused where a size is no number that counts', () => {
    const files = [lfs('model.safetensors'), git('config.json', 2 ** 53)];
    refuses('unknownSize', /how big config\.json is/, () => plan('safetensors', files));
  });

  it('is refused where a part is missing', () => {
    refuses('unknownSize', /parts of m-Q4_0 are missing.*[Rr]efresh/, () =>
      plan('m-Q4_0', [lfs('m-Q4_0-00001-of-00002.gguf')]),
    );
  });

  for (const size of [unknown, estimated(5)]) {
    it(`is refused where a size is ${size.sureness}`, () => {
      refuses('unknownSize', /how big/, () => plan('m', [{ ...lfs('m.gguf'), size }]));
    });
  }

  it('is refused where nothing proves the bytes, as in trees that were kept long ago', () => {
    const { path, size } = git('config.json');
    refuses('unknownSize', /config\.json.*[Rr]efresh/, () =>
      plan('safetensors', [lfs('model.safetensors'), { path, size }]),
    );
  });

  it('is refused without a commit, and for a variant that is gone', () => {
    refuses('notFound', /no variant m-Q2_K/, () => plan('m-Q2_K', [lfs('m-Q4_0.gguf')]));
    refuses('unknownSize', /commit/, () =>
      planDownload({
        ...{ model: MODEL, revision: 'main', variant: 'm', files: [lfs('m.gguf')] },
        projector: false,
      }),
    );
  });
});
