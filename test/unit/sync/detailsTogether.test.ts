import assert from 'node:assert/strict';
import type { Model } from '../../../src/sync/model.ts';
import { HubControl } from '../../support/hubControl.ts';
import { until } from '../support/until.ts';
import type { Rig } from '../support/useEngine.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const SOURCE = 'hf:bartowski';

describe('Details asked for together', () => {
  const hub = useHub({ models: 200 });
  const start = useEngine(hub);
  let rig: Rig;
  let models: Model[];

  beforeEach(async () => {
    rig = start({ settings: { sources: [SOURCE] } });
    await rig.sync(SOURCE);
    models = modelsOf(rig.reader, SOURCE);
    hub().resetStats();
  });

  const requests = (): Record<string, number> =>
    Object.fromEntries(
      Object.entries(hub().stats().routes).map(([name, route]) => [name, route.requests]),
    );

  it('by page, tree and prefetch are one question for each part of each model', async () => {
    const shown = models.slice(0, 10);
    assert.equal(shown.length, 10);
    await Promise.all(
      shown.flatMap(({ id, sha }) => [
        rig.engine.details(id, sha!),
        rig.engine.files(id, sha!),
        rig.engine.details(id, sha!),
        rig.engine.fill({ first: [id] }),
      ]),
    );
    const { tree, resolve, 'resolve-cache': texts, ...others } = requests();
    assert.deepEqual([tree, resolve, texts], [models.length, 10, 10], 'filling asks for the rest');
    assert.deepEqual(others, {});
    assert.deepEqual(hub().stats().countedDownloads, {});
  });

  it('are exact also of a repository with more files than are listed', async () => {
    // In the order of code units `0/…` comes before all that begins with a letter.
    const model = models.find(({ variants: [first] = [] }) => /^[a-z]/i.test(first?.name ?? ''))!;
    const many = Array.from({ length: 10_001 }, (_, index) => ({
      path: `0/${index}.txt`,
      size: 1,
    }));
    await new HubControl(hub().url).addFiles(model.id, many);
    await rig.sync(SOURCE);
    hub().resetStats();
    const filling = rig.engine.fill({ first: [model.id] });
    await until(() => {
      rig.clock.advance(5);
      return requests()['paths-info'] === 1;
    });
    await filling;
    assert.equal(requests()['paths-info'], 1);
    const now = rig.reader.model(model.id, [SOURCE])!;
    assert.deepEqual(
      now.variants?.map(({ name }) => name).toSorted(),
      model.variants?.map(({ name }) => name).toSorted(),
    );
    for (const { size } of now.variants!) assert.equal(size.sureness, 'exact');
  }).timeout(20_000);
});
