import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelId, SourceKey } from '../../../src/sync/model.ts';
import { catalogueBody } from '../../../src/sync/publish/body.ts';
import { assertFailure } from '../support/assertSyncError.ts';
import { newKey, publishTo } from '../support/publishing.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import type { Rig } from '../support/useEngine.ts';
import { sourcesOf, useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

describe('A team that publishes its catalogue', () => {
  const folder = useTemporaryFolder();
  const out = (): string => join(folder(), 'out');
  const hub = useHub(() => ({ models: 40, versions: 6, published: out() }));
  const open = useEngine(hub);
  const { privateKey, text: publicKey } = newKey();
  const key = (): SourceKey => `published:${hub().url}/published#key=${publicKey}`;
  let team: Rig;
  let follower: Rig;
  beforeEach(async () => {
    team = open({ storage: join(folder(), 'team') });
    follower = open({ storage: join(folder(), 'follower') });
    await publishNews();
  });

  /** What the hub serves or has served: an author whose last model goes is no source any more. */
  function teamSources(): SourceKey[] {
    return [...new Set([...sourcesOf(hub()), ...team.reader.knownSources()])];
  }

  /** The team's job: one sync of everything, then a publication. */
  async function publishNews(): Promise<void> {
    const sources = teamSources();
    const report = await team.engine.sync({ reason: 'manual', sources });
    assert.deepEqual(
      report.sources.flatMap(({ error }) => error ?? []),
      [],
    );
    await publishTo(out(), catalogueBody(team.reader.rows()).bytes, { key: privateKey });
  }

  /** What a reader shows of a model, whoever said it. */
  function shown(rig: Rig, id: ModelId, followed: readonly SourceKey[]): unknown {
    const { sources, ...model } = rig.reader.model(id, followed) ?? { sources: [] };
    return { ...model, known: sources.length > 0 };
  }

  function assertSame(rig: Rig): void {
    const sources = teamSources();
    const ids = [...new Set([...team.reader.rows()].map(({ record }) => record.id))];
    assert.ok(ids.length >= 40);
    for (const id of ids) {
      const ours = team.reader.model(id, sources);
      if (ours?.published === true) {
        assert.deepEqual(shown(rig, id, [key()]), shown(team, id, sources), id);
      } else assert.notEqual(rig.reader.model(id, [key()])?.published, true, id);
    }
    assert.equal(rig.reader.count([key()]), team.reader.count(sources));
  }

  it('lets others follow it through its history, without a word to the sources themselves', async () => {
    hub().resetStats();
    await follower.sync(key());
    assertSame(follower);
    const first = hub().stats().routes['published']!.bytesOut;
    while (hub().advance() !== undefined) {
      await publishNews();
      hub().resetStats();
      const report = await follower.sync(key());
      assert.equal(report.error, undefined);
      assertSame(follower);
      const { routes } = hub().stats();
      assert.deepEqual(Object.keys(routes), ['published']);
      assert.equal(routes['published']!.requests, 2);
      assert.ok(routes['published']!.bytesOut < first / 2);
    }
  });

  it('is followed from one version to a much later one by a single delta', async () => {
    await follower.sync(key());
    while (hub().advance() !== undefined) await publishNews();
    const { requests, error } = await follower.sync(key());
    assert.deepEqual([requests, error], [2, undefined]);
    assertSame(follower);
  });

  it('costs its followers nothing where nothing is new', async () => {
    await follower.sync(key());
    follower.wrote();
    follower.clock.advance(60_000);
    const report = await follower.sync(key(), { reason: 'visible' });
    assert.equal(report.requests, 1);
    assert.equal(follower.wrote(), false);
  });

  it('keeps its private models to itself', async () => {
    const hidden = 'janhq/Jan-v1-4B-GGUF';
    await follower.sync(key());
    assert.ok(follower.reader.model(hidden, [key()])?.published);
    hub().setFaults({ repositories: { [hidden]: { private: true } } });
    const withToken = open({
      storage: join(folder(), 'insider'),
      settings: { tokens: { [hub().url]: 'hf_insider' } },
    });
    await withToken.engine.sync({ reason: 'manual', sources: sourcesOf(hub()) });
    assert.equal(withToken.reader.model(hidden, ['hf:janhq'])?.private, true);
    const body = catalogueBody(withToken.reader.rows());
    assert.equal(body.hidden, 1);
    assert.equal(body.bytes.includes(hidden), false);
    await publishTo(out(), body.bytes, { key: privateKey });
    await follower.sync(key());
    assert.notEqual(follower.reader.model(hidden, [key()])?.published, true);
  });

  it('is shared by two windows: what one took over, the other goes on from', async () => {
    const second = open({ storage: join(folder(), 'follower') });
    await follower.sync(key());
    hub().advance();
    await publishNews();
    assert.equal((await follower.sync(key())).requests, 2);
    assert.equal((await second.sync(key())).requests, 1);
    assertSame(second);
    hub().advance();
    await publishNews();
    assert.equal((await second.sync(key())).requests, 2);
    assertSame(follower);
  });

  describe('and is tampered with', () => {
    it('changes nothing for its followers, and tells them', async () => {
      await follower.sync(key());
      const dump = follower.dump();
      const old = join(folder(), 'old');
      cpSync(out(), old, { recursive: true });
      hub().advance();
      await publishNews();
      const pointer = readFileSync(join(out(), 'catalogue.json'), 'utf8');
      const forged = pointer.replace(/"sequence":\d+/, '"sequence":99');
      writeFileSync(join(out(), 'catalogue.json'), forged);
      assertFailure((await follower.sync(key())).error, 'badAnswer', /signed with another key/);

      writeFileSync(join(out(), 'catalogue.json'), pointer);
      hub().setFaults({ match: 'published', truncate: true });
      assertFailure((await follower.sync(key())).error, 'badAnswer', /broke off/);
      hub().setFaults({});
      assert.equal(follower.dump(), dump);

      await follower.sync(key());
      assertSame(follower);
      const newer = follower.dump();
      cpSync(join(old, 'catalogue.json'), join(out(), 'catalogue.json'));
      assertFailure((await follower.sync(key())).error, 'badAnswer', /is older than/);
      assert.equal(follower.dump(), newer);
    });
  });
});
