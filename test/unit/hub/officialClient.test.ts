import assert from 'node:assert/strict';
import {
  countCommits,
  downloadFile,
  HubApiError,
  listCommits,
  listFiles,
  listModels,
  modelInfo,
  pathsInfo,
} from '@huggingface/hub';
import { collect } from './support.ts';
import { useSharedHub } from '../support/useHub.ts';
import { assertBytes } from '../../support/bytes.ts';

describe('The official client of the Hub', () => {
  const hub = useSharedHub({ models: 120 });
  const repo = 'janhq/Jan-v1-4B-GGUF';

  it('lists the models of an author, with file names', async () => {
    const models = await collect(
      listModels({
        hubUrl: hub().url,
        search: { owner: 'janhq' },
        sort: 'lastModified',
        additionalFields: ['sha', 'filePaths'],
      }),
    );
    const names = models.map(({ name }) => name);
    assert.ok(names.includes(repo));
    assert.ok(names.every((name) => name.startsWith('janhq/')));
    assert.ok(models.every(({ updatedAt }) => !Number.isNaN(updatedAt.getTime())));
    assert.ok(models.every(({ sha }) => /^[0-9a-f]{40}$/.test(sha)));
    const jan = models.find(({ name }) => name === repo);
    assert.ok(jan?.filePaths.includes('Jan-v1-4B-Q4_K_M.gguf'));
    const times = models.map(({ updatedAt }) => updatedAt.getTime());
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
  });

  it('stops at a limit and finds by words and tags', async () => {
    const all = await collect(listModels({ hubUrl: hub().url, limit: 7 }));
    assert.equal(all.length, 7);
    const search = { query: 'JAN-V1', tags: ['license:apache-2.0'] };
    const found = await collect(listModels({ hubUrl: hub().url, search }));
    assert.ok(found.length >= 3);
    assert.ok(found.every(({ name }) => name.toLowerCase().includes('jan-v1')));
  });

  it('reads the info of a model', async () => {
    const info = await modelInfo({
      name: repo,
      hubUrl: hub().url,
      additionalFields: ['tags', 'author'],
    });
    assert.equal(info.name, repo);
    assert.equal(info.author, 'janhq');
    assert.equal(info.gated, false);
    assert.ok(info.tags.includes('gguf'));
  });

  it('reports a missing model as the Hub does', async () => {
    await assert.rejects(
      modelInfo({ name: 'nobody/nothing', hubUrl: hub().url }),
      (error) => error instanceof HubApiError && error.statusCode === 401,
    );
    await assert.rejects(
      modelInfo({ name: 'nobody/nothing', hubUrl: hub().url, accessToken: 'hf_test' }),
      (error) => error instanceof HubApiError && error.statusCode === 404,
    );
  });

  it('lists files and asks for single paths', async () => {
    const files = await collect(
      listFiles({ repo, hubUrl: hub().url, recursive: true, expand: true }),
    );
    const model = files.find(({ path }) => path === 'Jan-v1-4B-Q8_0.gguf');
    assert.ok(model);
    assert.equal(model.lfs?.size, model.size);
    assert.match(model.lastCommit?.id ?? '', /^[0-9a-f]{40}$/);

    const paths = ['README.md', 'missing.txt', model.path];
    const infos = await pathsInfo({ repo, hubUrl: hub().url, paths });
    assert.deepEqual(
      infos.map(({ path }) => path),
      ['README.md', model.path],
    );
    assert.deepEqual(infos[1]?.lfs, model.lfs);
  });

  it('lists commits, page by page, and counts them', async () => {
    const files = [{ path: 'added.gguf', size: 1_000 }];
    for (const word of ['files', 'commit']) {
      const body = JSON.stringify({ repository: repo, files });
      assert.ok((await fetch(`${hub().url}/__hub/${word}`, { method: 'POST', body })).ok);
    }
    const commits = await collect(listCommits({ repo, hubUrl: hub().url, batchSize: 1 }));
    assert.equal(new Set(commits.map(({ oid }) => oid)).size, 3);
    assert.equal(await countCommits({ repo, hubUrl: hub().url }), 3);
    const { sha } = await modelInfo({ name: repo, hubUrl: hub().url, additionalFields: ['sha'] });
    assert.equal(commits[0]?.oid, sha);
    assert.ok(commits[0].date > commits[2]!.date);
  });

  it('downloads a README and a slice of a model', async () => {
    const readme = await downloadFile({ repo, path: 'README.md', hubUrl: hub().url, xet: false });
    assert.match((await readme?.text()) ?? '', /^---\nlicense: apache-2\.0/);

    const path = 'Jan-v1-4B-Q4_K_M.gguf';
    const blob = await downloadFile({ repo, path, hubUrl: hub().url, xet: false });
    assert.ok(blob);
    assert.ok(blob.size > 2 ** 31);
    const piece = await blob.slice(1000, 5000).arrayBuffer();
    const same = await blob.slice(2000, 3000).arrayBuffer();
    assertBytes(Buffer.from(piece).subarray(1000, 2000), Buffer.from(same));
    assert.equal(
      await downloadFile({ repo, path: 'none.gguf', hubUrl: hub().url, xet: false }),
      null,
    );
  });
});
