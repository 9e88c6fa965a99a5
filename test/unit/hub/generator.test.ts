import assert from 'node:assert/strict';
import { generatedTimeline } from '../../hub/generator.ts';
import { startHub } from '../../hub/hub.ts';
import { isGguf } from '../../hub/repository.ts';
import type { Publication } from '../../hub/publication.ts';
import { wellKnownDrafts } from '../../hub/wellKnown.ts';
import { getRows } from './support.ts';

function difference(before: Publication, after: Publication) {
  const rows = [...after.repositories.values()];
  const known = rows.filter(({ id }) => before.repositories.has(id));
  const changed = known.filter(({ id, sha }) => before.repositories.get(id)?.sha !== sha);
  const counted = known.filter(({ id, sha, counters }) => {
    const old = before.repositories.get(id);
    return old?.sha === sha && old.counters.downloads !== counters.downloads;
  });
  return {
    added: rows.length - known.length,
    removed: before.repositories.size - known.length,
    changed,
    counted: counted.length,
  };
}

describe('The generator', () => {
  it('makes the same of the same seed, and something else of another', () => {
    const make = (seed: number) => {
      const timeline = generatedTimeline({ models: 300, seed, versions: 3 });
      timeline.advance();
      return [...timeline.current.repositories.values()];
    };
    assert.deepEqual(make(5), make(5));
    assert.notDeepEqual(make(5), make(6));
  });

  it('has as many models as asked for, each under a name of its own', () => {
    for (const models of [1, 20, 63, 64, 1500]) {
      const { repositories } = generatedTimeline({ models, seed: 1, versions: 1 }).current;
      assert.equal(repositories.size, models);
    }
  });

  it('begins with well-known models of well-known authors', () => {
    const drafts = wellKnownDrafts();
    assert.ok(drafts.length >= 60);
    const authors = new Map<string, number>();
    for (const { id } of drafts) {
      const author = id.split('/')[0] ?? '';
      authors.set(author, (authors.get(author) ?? 0) + 1);
    }
    for (const author of [
      'cortexso',
      'janhq',
      'bartowski',
      'unsloth',
      'Qwen',
      'ggml-org',
      'mlx-community',
      'lmstudio-community',
    ]) {
      assert.ok((authors.get(author) ?? 0) >= 3, author);
    }
    for (const draft of drafts) {
      assert.ok(
        draft.files.some((file) => (file.size ?? 0) > 1e8),
        draft.id,
      );
      assert.ok(draft.facts.parameters > 1e8 && draft.facts.context >= 2048, draft.id);
    }
  });

  it('lives through days like those of the real catalogue', () => {
    const seed = Math.floor(Math.random() * 1e6);
    const timeline = generatedTimeline({ models: 1500, seed, versions: 6 });
    for (let day = 2; day <= 6; day += 1) {
      const before = timeline.current;
      const after = timeline.advance();
      assert.ok(after, `seed ${seed}`);
      const { added, removed, changed, counted } = difference(before, after);
      const total = before.repositories.size;
      const what = `seed ${seed}, day ${day}`;
      assert.ok(added >= total * 0.01 - 1 && added <= total * 0.03 + 1, `${what}: ${added} added`);
      assert.ok(removed >= 1 && removed <= total * 0.005, `${what}: ${removed} removed`);
      assert.ok(
        changed.length >= 1 && changed.length <= total * 0.003,
        `${what}: ${changed.length} changed`,
      );
      assert.ok(Math.abs(counted - total * 0.1) < total * 0.02, `${what}: ${counted} counted`);
      for (const repository of changed) {
        assert.equal(repository.lastModified, after.time, what);
        const old = before.repositories.get(repository.id);
        assert.notDeepEqual(old?.files, repository.files, what);
      }
    }
    assert.equal(timeline.current.last, true);
    assert.equal(timeline.advance(), undefined);
  });

  it('gives both catalogues, with MLX rows in the second only', () => {
    const { catalogues, repositories } = generatedTimeline({
      models: 400,
      seed: 1,
      versions: 1,
    }).current;
    const v1 = catalogues.v1?.records ?? [];
    const v2 = catalogues.v2?.records ?? [];
    assert.ok(v1.every((row) => !('library_name' in row) && Array.isArray(row['quants'])));
    assert.equal(v2.length, repositories.size);
    const mlx = v2.filter((row) => row['library_name'] === 'mlx');
    assert.ok(mlx.length > 10);
    assert.ok(mlx.every((row) => !('quants' in row) && Array.isArray(row['safetensors_files'])));
    assert.ok(
      [...repositories.values()].some(({ files }) =>
        files.some(({ path }) => /-of-\d{5}\.gguf$/.test(path)),
      ),
    );
    assert.ok(
      [...repositories.values()].some(({ files }) =>
        files.some(({ path }) => isGguf(path) && path.startsWith('mmproj')),
      ),
    );
  });

  it('fills pages up to the cap', async () => {
    const hub = await startHub({ models: 1100 });
    try {
      assert.equal((await getRows(hub, '/api/models?limit=5000&expand=sha')).length, 1000);
      assert.equal((await getRows(hub, '/api/models?expand=sha')).length, 1000);
    } finally {
      await hub.close();
    }
  });
});
