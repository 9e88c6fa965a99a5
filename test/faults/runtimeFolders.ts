import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../scripts/lib/files.ts';
import { CortexRuntime } from '../../src/runtime/cortex/cortexRuntime.ts';
import { JanRuntime } from '../../src/runtime/jan/janRuntime.ts';
import type { Runtime, RuntimeEntry } from '../../src/runtime/runtime.ts';
import { HttpClient } from '../../src/sync/http/httpClient.ts';
import type { HttpSession } from '../../src/sync/http/httpClient.ts';
import { undiciTransport } from '../../src/sync/http/undiciTransport.ts';
import { systemClock } from '../../src/sync/worker/systemClock.ts';
import { collectingLogger } from '../unit/support/collectingLogger.ts';
import { machineIn } from '../unit/runtime/disk/diskRig.ts';
import type { Fault } from './fault.ts';
import { Draw } from './support/draw.ts';
import type { Expected } from './support/runtimeLayouts.ts';
import { LAYOUTS, stateOf } from './support/runtimeLayouts.ts';
import { Sightings } from './support/sightings.ts';

/** Models in the folders of one machine. */
const MODELS = [5, 30] as const;
/** A port that nobody listens at. */
const NOBODY = 'http://127.0.0.1:1/';

/**
 * Folders of Jan and of Cortex with everything in them that crashes, other programs and other disks
 * leave there. What is sound is listed as it is, what is broken has a row that says so and hides
 * nothing else, and nothing there is touched.
 */
export const runtimeFolders: Fault = {
  name: 'runtime-folders',
  unit: 'machines',
  runs: 200,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const sightings = new Sightings();
    const pool = undiciTransport();
    const clock = systemClock;
    const logger = collectingLogger();
    const client = new HttpClient({
      ...{ transport: pool.transport, tokenFor: () => undefined, userAgent: 'model-hub/test' },
      ...{ clock, logger },
    });
    const session = (signal: AbortSignal): HttpSession => client.session(signal, 'foreground');
    const { folder, remove } = await temporaryFolder('runtimes');
    try {
      for (let run = 1; run <= runs; run++) {
        const home = join(folder, String(run));
        const laid = lay(home, draw);
        const before = stateOf(home);
        const machine = machineIn(home);
        const address = new URL(NOBODY);
        const entries = await listAll([
          new JanRuntime({ machine, session, address, clock, logger }),
          new CortexRuntime({ machine, session, url: () => NOBODY, clock, logger }),
        ]);
        const when = `${run}, seed ${seed}`;
        assertAsExpected(laid, entries, when, sightings);
        assert.equal(stateOf(home), before, `${when}: something was changed`);
        if (run % 50 === 0) log(`${run} machines`);
      }
    } finally {
      await pool.close();
      await remove();
    }
    return `${runs} machines, seed ${seed}\n${sightings.toString()}`;
  },
};

interface Laid {
  readonly name: string;
  readonly id: string;
  readonly expected: Expected;
}

function lay(home: string, draw: Draw): Laid[] {
  mkdirSync(home, { recursive: true });
  return Array.from({ length: draw.between(...MODELS) }, (_, number) => {
    const { name, lay: layOne } = draw.pick(LAYOUTS);
    const id = `m${number}`;
    return { name, id, expected: layOne({ home, id, draw }) };
  });
}

async function listAll(runtimes: readonly Runtime[]): Promise<RuntimeEntry[]> {
  const listings = await Promise.all(
    runtimes.map((runtime) => runtime.list(new AbortController().signal)),
  );
  return listings.flatMap((listing) => listing?.entries ?? []);
}

function assertAsExpected(
  laid: readonly Laid[],
  entries: readonly RuntimeEntry[],
  when: string,
  sightings: Sightings,
): void {
  for (const { name, id, expected } of laid) {
    const what = `${when}: ${name}, ${id}`;
    const mine = entries.filter((entry) => entry.id.split(/[:/]/).includes(id));
    if (expected.is === 'nothing') assert.equal(mine.length, 0, what);
    else assert.deepEqual([mine.length, mine[0]?.id], [1, expected.id], what);
    const [entry] = mine;
    if (expected.is === 'usable') {
      assert.equal(entry?.problem, undefined, what);
      const weights = entry?.files.filter(({ role }) => role === 'weights') ?? [];
      assert.equal(
        weights.reduce((sum, { size }) => sum + size, 0),
        expected.weights,
        what,
      );
    }
    if (expected.is === 'broken') {
      assert.match(entry?.problem ?? '', /\b(?:delete|remove|download)\b/i, what);
    }
    sightings.note(name, expected.is, entry?.problem?.slice(0, 160));
  }
  const rows = laid.filter(({ expected }) => expected.is !== 'nothing').length;
  assert.equal(entries.length, rows, `${when}: rows of nobody`);
}
