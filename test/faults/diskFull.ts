import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../src/sync/cache/database.ts';
import type { Fault } from './fault.ts';
import { ClientProcess } from './support/clientProcess.ts';
import { Draw } from './support/draw.ts';
import { assertConverged, difference } from './support/truth.ts';
import { heldBy, World } from './support/world.ts';

/** Bytes of a block of `ulimit -f` (POSIX). */
const BLOCK = 512;

/**
 * A process that may not let any file grow beyond a limit applies a version: the limit stands for
 * the end of the disk. What does not fit fails as `storage` and leaves all as it was; what fits is the
 * truth; and with room again the next sync is.
 */
export const diskFull: Fault = {
  name: 'disk-full',
  unit: 'full disks',
  runs: 40,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    await using world = await World.begin(
      {},
      { models: 300, seed: (seed % 1_000) + 1, versions: 200 },
    );
    const counts = { storage: 0, success: 0 };
    for (let run = 1; run <= runs; run++) {
      const when = `full disk ${run}, seed ${seed}`;
      const storage = world.folder();
      // The first disk has no room for anything, so that in every run something does not fit.
      const first = world.sources.slice(0, run === 1 ? 0 : draw.between(0, 3));
      const before = await syncHere(world, storage, first);
      const size = statSync(join(storage, DATABASE_FILE)).size;
      for (let day = draw.between(1, 3); day > 0; day--) await world.advance();

      const room = run === 1 ? 0 : Math.floor(draw.fraction() ** 2 * 1_000_000);
      const shell = `ulimit -f ${Math.ceil((size + room) / BLOCK)}; exec "$@"`;
      await using client = new ClientProcess({ storage, settings: world.settings }, { shell });
      const { path } = await client.ready();
      const { sources } = await client.sync({ reason: 'manual', sources: world.sources });
      const held = await client.held();
      for (const { source, error } of sources) {
        counts[error === undefined ? 'success' : 'storage']++;
        assert.ok(
          error === undefined || error.kind === 'storage',
          `${when}: ${source}: ${error?.message ?? ''}`,
        );
        const expected = (error === undefined ? world.truth : before).get(source);
        assert.equal(difference(held.get(source), expected), '', `${when}: ${source}`);
      }
      assert.equal(await client.close(), 0, `${when}: ${client.said}`);

      const after = await syncHere(world, storage, world.sources);
      assertConverged(after, world.truth, world.sources, `${when}, with room again`);
      assert.ok(path.startsWith(storage), `${when}: the catalogue was kept elsewhere`);
      if (run % 10 === 0) log(`${run} full disks`);
    }
    assert.ok(counts.storage > 0, `no disk was full, seed ${seed}`);
    return `${runs} full disks: ${counts.storage} sources did not fit, ${counts.success} did`;
  },
};

async function syncHere(
  world: World,
  storage: string,
  sources: readonly string[],
): ReturnType<ClientProcess['held']> {
  const rig = world.open(storage);
  const report = await rig.engine.sync({ reason: 'manual', sources });
  assert.deepEqual(report.sources.map(({ error }) => error).filter(Boolean), []);
  const held = heldBy(rig);
  await world.close(rig);
  return held;
}
