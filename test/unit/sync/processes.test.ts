import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { contendForLeases } from '../support/contendForLeases.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { sourcesOf, useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

const SYNC = fileURLToPath(new URL('../../../scripts/sync.ts', import.meta.url));

describe('Processes on one storage folder', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const seed = seedOfRun();

  it(`hold each lease one at a time, also where some are killed (SEED=${seed})`, async () => {
    const { commits, owners } = await contendForLeases({
      ...{ storage: folder(), processes: 4, sources: ['hf:janhq', 'jan:v2'] },
      ...{ durationMs: 2_500, seed, killed: 1 },
    });
    assert.ok(commits > 50, `${commits} commits`);
    assert.ok(owners >= 3, `${owners} owners`);
  });
});

describe('A sync that is killed', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 200 });
  const rig = useEngine(hub);
  const seed = seedOfRun();

  it(`leaves each source old or new, and the next one converges (SEED=${seed})`, async () => {
    const random = randomNumbers(seed);
    const first = rig();
    const { storage } = first.engine;
    const sources = sourcesOf(hub());
    await first.engine.sync({ reason: 'manual', sources });
    await first.closeEngine();
    const folder = fileURLToPath(new URL('.', `file://${storage.path}`));

    for (let round = 0; round < 4; round++) {
      const before = new Map(sources.map((source) => [source, hub().truth(source)]));
      hub().advance();
      await killedSync(folder, hub().url, 200 + random() * 500);
      const after = rig();
      for (const source of sources) {
        const now = after.dump(source);
        const whole = now === before.get(source) || now === hub().truth(source);
        assert.ok(whole, `round ${round}: ${source} is neither old nor new`);
      }
      const { sources: reports } = await after.engine.sync({ reason: 'manual', sources });
      for (const { source, error, skipped } of reports) {
        assert.deepEqual([error, skipped], [undefined, undefined], source);
        assert.equal(after.dump(source), hub().truth(source), `round ${round}: ${source}`);
      }
      await after.closeEngine();
    }
  });
});

/** Runs `npm run sync` and kills it so long after it began, if it still runs. */
async function killedSync(storage: string, hub: string, afterMs: number): Promise<void> {
  const args = [SYNC, '--storage', storage, '--hub', hub];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await once(child, 'close');
  clearTimeout(timer);
}
