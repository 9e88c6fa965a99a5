import assert from 'node:assert/strict';
import type { CortexModel } from '../../../../src/sync/gateway/cortexModels.ts';
import {
  parseCortexModels,
  parseDownloadedModels,
  repositoryOfModel,
} from '../../../../src/sync/gateway/cortexModels.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { exact, unknown } from '../../support/rows.ts';
import { useSharedHub } from '../../support/useHub.ts';

const downloaded = {
  ...{ id: 'tinyllama:1b-gguf', model: 'tinyllama:1b-gguf', name: 'tinyllama', version: '1' },
  ...{ size: 669_184_000, status: 'downloaded', engine: 'llama-cpp', files: ['m/model.gguf'] },
  ...{ top_p: null, min_p: null, stop: [], created: 1_727_000_000, object: 'model' },
};
const metadata = { id: 'cortexso/phi-4', sha: 'b'.repeat(40), downloads: 5, description: '# phi' };
const downloadable = {
  ...{ id: 'phi-4:14b-gguf', model: 'phi-4:14b-gguf', status: 'downloadable' },
  ...{ modelSource: 'https://huggingface.co/cortexso/phi-4', engine: 'llama-cpp' },
  metadata: JSON.stringify(metadata),
};
const remote = { id: 'gpt-4o', model: 'gpt-4o', engine: 'openai', inference_params: {} };

describe('The models of a Cortex server', () => {
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    logger = collectingLogger();
  });
  const parse = (...rows: unknown[]): CortexModel[] => parseCortexModels(rows, logger);

  it('are installed, could be, or run elsewhere', () => {
    assert.deepEqual(parse(downloaded, downloadable, remote), [
      {
        ...{ kind: 'downloaded', id: 'tinyllama:1b-gguf', engine: 'llama-cpp' },
        ...{ size: exact(669_184_000), files: ['m/model.gguf'] },
      },
      {
        ...{ kind: 'downloadable', id: 'phi-4:14b-gguf', engine: 'llama-cpp' },
        ...{ source: 'https://huggingface.co/cortexso/phi-4', repository: 'cortexso/phi-4' },
        sha: 'b'.repeat(40),
      },
      { kind: 'remote', id: 'gpt-4o', engine: 'openai' },
    ]);
    assert.deepEqual(logger.lines, []);
  });

  for (const size of [0, null, undefined]) {
    it(`have no known size where it is ${String(size)}`, () => {
      const [row] = parse({ ...downloaded, size, files: null });
      assert.ok(row?.kind === 'downloaded');
      assert.deepEqual([row.size, row.files], [unknown, []]);
    });
  }

  for (const text of [undefined, '', 'null', '{', '[]', '{"id":7}', '{"id":"../x"}']) {
    it(`stay what they are where their metadata is ${JSON.stringify(text)}`, () => {
      const [row] = parse({ ...downloadable, metadata: text });
      assert.ok(row?.kind === 'downloadable');
      assert.equal(row.repository, undefined);
      assert.equal(row.source, downloadable.modelSource);
    });
  }

  for (const bad of [
    null,
    7,
    {},
    { ...downloaded, id: undefined },
    { ...downloaded, size: 'big' },
    { ...downloaded, files: 'one' },
    { ...downloadable, modelSource: undefined },
    { ...downloadable, status: 'elsewhere' },
    { ...remote, id: '' },
  ]) {
    it(`lack a row that cannot be read: ${JSON.stringify(bad).slice(0, 60)}`, () => {
      assert.deepEqual(
        parse(bad, remote).map(({ id }) => id),
        ['gpt-4o'],
      );
      assert.equal(logger.at('warn').length, 1);
    });
  }

  it('that are on its disk are told with their projector and context, where there are any', () => {
    const { models } = parseDownloadedModels(
      [
        { ...downloaded, mmproj: 'm/mmproj.gguf', ctx_len: 4096 },
        { ...downloaded, mmproj: '', ctx_len: 0, engine: undefined },
        { ...downloaded, mmproj: null, ctx_len: 'many' },
        ...[downloadable, remote, null, 7],
      ],
      logger,
    );
    assert.equal(models.length, 3);
    assert.deepEqual(
      [models[0]?.projector, models[0]?.contextLength, models[0]?.engine],
      ['m/mmproj.gguf', 4096, 'llama-cpp'],
    );
    for (const model of models.slice(1))
      assert.ok(!('projector' in model) && !('contextLength' in model));
    assert.ok(models[1] && !('engine' in models[1]));
    assert.deepEqual(logger.lines, []);
  });

  it('that are on its disk and cannot be read are told by their ids', () => {
    const bad = ['a', '', 7, undefined].map((id) => ({ ...downloaded, id, size: 'big' }));
    assert.deepEqual(parseDownloadedModels([...bad, downloaded], logger).unreadable, ['a']);
  });

  it('that say no engine and no commit have none', () => {
    const [first, second] = parse(
      { ...downloadable, engine: undefined, metadata: '{"id":"cortexso/phi-4"}' },
      { id: 'x' },
    );
    assert.ok(first && !('engine' in first) && !('sha' in first));
    assert.ok(second && !('engine' in second));
    assert.deepEqual(second, { kind: 'remote', id: 'x' });
  });

  it('of one repository repeat its metadata, and each tells it', () => {
    const rows = parse(
      downloadable,
      { ...downloadable, id: 'phi-4:7b' },
      { ...downloadable, metadata: '{}' },
    );
    assert.deepEqual(
      rows.map((row) => row.kind === 'downloadable' && row.repository),
      ['cortexso/phi-4', 'cortexso/phi-4', undefined],
    );
  });

  for (const [id, repository] of [
    ['tinyllama:1b-gguf', 'cortexso/tinyllama'],
    ['bartowski:Llama-GGUF:Llama-Q4_0.gguf', 'bartowski/Llama-GGUF'],
    ['my-own-model', undefined],
    ['a b:c', undefined],
    ['a b:c:d', undefined],
    ['a:b:c:d', 'a/b'],
  ] as const) {
    it(`named ${id} are of ${String(repository)}`, () => {
      assert.equal(repositoryOfModel(id), repository);
    });
  }

  describe('as the hub plays it', () => {
    const hub = useSharedHub({ models: 80 });

    it('are all understood', async () => {
      const response = await fetch(`${hub().cortexUrl}/v1/models`);
      const { data } = (await response.json()) as { data: { id: string }[] };
      const models = parse(...data);
      assert.deepEqual(
        models.map(({ id }) => id),
        data.map(({ id }) => id),
      );
      assert.deepEqual(new Set(models.map(({ kind }) => kind)).size, 3);
      for (const row of models) {
        if (row.kind === 'downloadable')
          assert.equal(row.source, `https://huggingface.co/${row.repository}`);
      }
    });
  });
});
