import assert from 'node:assert/strict';
import type { InstalledSnapshot } from '../../../src/runtime/installed.ts';
import { Favourites } from '../../../src/views/favourites.ts';
import { KeptModels } from '../../../src/views/keptModels.ts';
import { entry, snapshot } from './installedSamples.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { sharedOf } from '../support/sharedOf.ts';
import { FakeMemory } from './searchSamples.ts';

const installed = (...models: string[]): InstalledSnapshot =>
  snapshot(models.map((model) => entry({ key: model, from: { model } })));

describe('Models that the catalogue never forgets', () => {
  const logger = collectingLogger();
  let memory: FakeMemory;
  let favourites: Favourites;
  let kept: KeptModels;
  let told: number;
  beforeEach(() => {
    logger.lines.length = 0;
    memory = new FakeMemory();
    favourites = new Favourites(sharedOf(memory));
    kept = new KeptModels(memory, favourites, logger);
    told = 0;
    kept.onDidChange(() => told++);
  });

  it('are favourites and what is installed, each once', async () => {
    await favourites.toggle('a/b');
    await kept.note(installed('c/d', 'a/b', 'c/d'));
    assert.deepEqual(kept.ids, ['a/b', 'c/d']);
    assert.equal(told, 2);
  });

  it('are known to a window in which nobody has looked yet', async () => {
    await kept.note(installed('c/d'));
    assert.deepEqual(new KeptModels(memory, favourites, logger).ids, ['c/d']);
  });

  it('are not those of a list that not everybody has told yet', async () => {
    await kept.note(installed('c/d'));
    await kept.note({ ...installed(), complete: false });
    await kept.note(undefined);
    assert.deepEqual(kept.ids, ['c/d']);
    await kept.note(installed());
    assert.deepEqual(kept.ids, []);
  });

  it('stay where a runtime cannot tell everything', async () => {
    await kept.note(installed('c/d'));
    const jan = {
      id: 'jan',
      kind: 'jan',
      name: 'Jan',
      can: [],
      problem: 'Its disk is gone.',
    } as const;
    await kept.note({ ...installed('a/b'), runtimes: [jan] });
    assert.deepEqual(kept.ids, ['a/b', 'c/d']);
  });

  it('are those of before where the editor keeps nothing, which is logged', async () => {
    await kept.note(installed('c/d'));
    memory.update = () => Promise.reject(new Error('The disk is full.'));
    await kept.note(installed('a/b'));
    assert.deepEqual(kept.ids, ['c/d']);
    assert.deepEqual(logger.lines, [
      'warn: What is installed could not be noted: The disk is full.',
    ]);
  });

  it('are not told of again when they stay the same', async () => {
    await kept.note(installed('c/d', 'a/b'));
    await kept.note(installed('a/b', 'c/d'));
    assert.equal(told, 1);
  });
});
