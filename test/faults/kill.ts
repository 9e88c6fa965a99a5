import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { DATABASE_FILE } from '../../src/sync/cache/database.ts';
import type { SourceKey } from '../../src/sync/model.ts';
import type { Fault } from './fault.ts';
import { ClientProcess } from './support/clientProcess.ts';
import { Draw } from './support/draw.ts';
import type { ContentBySource } from './support/truth.ts';
import { assertConverged, difference } from './support/truth.ts';
import { heldBy, World } from './support/world.ts';

/** Every so many kills the client begins anew, so that the making of the catalogue is hit too. */
const FRESH_EVERY = 8;

/** What is on the disk of one client. */
interface Saved {
  readonly storage: string;
  readonly held: ContentBySource;
  readonly epochs: ReadonlyMap<SourceKey, number>;
}

/**
 * Each run publishes a version, starts a client, ends it by SIGKILL at a random moment of its
 * sync, and looks at what it left: each source as before or as after, and the next sync at the truth.
 */
export const kill: Fault = {
  name: 'kill',
  unit: 'kills',
  runs: 200,
  async run({ seed, runs, history, log }) {
    const draw = new Draw(seed);
    await using world = await World.begin(
      { history },
      { models: 200, seed: (seed % 1_000) + 1, versions: 60 },
    );
    let saved = nothing(world);
    let duration = await timeOf(world);
    const seen = { before: 0, after: 0 };
    for (let run = 1; run <= runs; run++) {
      await world.advance();
      if (run % FRESH_EVERY === 0) saved = nothing(world);
      const when = `kill ${run}, seed ${seed}`;
      const finished = await killed(world, saved.storage, duration * 1.1 * draw.fraction());
      if (finished !== undefined) duration = (duration * 3 + finished) / 4;
      const after = await check(world, saved, when);
      seen.before += after.before;
      seen.after += after.after;
      saved = await converge(world, saved.storage, when);
      if (run % 20 === 0) log(`${run} kills, a sync takes ${duration.toFixed(0)} ms`);
    }
    return `${runs} kills; changed sources found as before: ${seen.before}, as after: ${seen.after}`;
  },
};

function nothing(world: World): Saved {
  return { storage: world.folder(), held: new Map(), epochs: new Map() };
}

/** How long a client that nobody kills takes for its start and its first sync, in ms. */
async function timeOf(world: World): Promise<number> {
  const finished = await killed(world, world.folder(), 60_000);
  assert.ok(finished !== undefined, 'a client that was not killed did not come to its end');
  return finished;
}

/** @returns how long it took from its begin, in ms, if it was done before it was killed */
async function killed(world: World, storage: string, moment: number): Promise<number | undefined> {
  await using client = new ClientProcess({ storage, settings: world.settings });
  await client.begun();
  const started = performance.now();
  const over = new AbortController();
  const synced = client
    .sync({ reason: 'manual', sources: world.sources })
    .then(() => performance.now() - started)
    .catch(() => undefined)
    .finally(() => over.abort());
  await wait(moment, undefined, { signal: over.signal }).catch(() => undefined);
  await client.kill();
  return await synced;
}

/** Fails if what was left is damaged, or if a source is neither as before nor as after. */
async function check(
  world: World,
  saved: Saved,
  when: string,
): Promise<{ before: number; after: number }> {
  const path = join(saved.storage, DATABASE_FILE);
  if (!existsSync(path)) return { before: 0, after: 0 };
  const damage = quickCheck(path);
  assert.equal(damage, 'ok', when);

  const rig = world.open(saved.storage);
  try {
    const { truth } = world;
    const held = heldBy(rig);
    const count = { before: 0, after: 0 };
    for (const { key, epoch } of rig.reader.sources(world.sources)) {
      const old = difference(held.get(key), saved.held.get(key));
      const now = difference(held.get(key), truth.get(key));
      assert.ok(
        old === '' || now === '',
        `${when}: ${key} is a mixture: of what was ${old}; of what is ${now}`,
      );
      if (old === '' && now === '') continue;
      const step = epoch - (saved.epochs.get(key) ?? 0);
      assert.equal(step, old === '' ? 0 : 1, `${when}: ${key} and its epoch do not agree`);
      count[old === '' ? 'before' : 'after']++;
    }
    return count;
  } finally {
    await world.close(rig);
  }
}

async function converge(world: World, storage: string, when: string): Promise<Saved> {
  const rig = world.open(storage);
  const report = await rig.engine.sync({ reason: 'manual', sources: world.sources });
  for (const { error, source } of report.sources) {
    // An author who has left is not found by a client that never knew them.
    if (error?.kind === 'notFound' && !world.truth.has(source)) continue;
    assert.equal(error, undefined, `${when}: ${source}: ${error?.message ?? ''}`);
  }
  const held = heldBy(rig);
  assertConverged(held, world.truth, world.sources, when);
  const epochs = rig.reader.sources(world.sources).map(({ key, epoch }) => [key, epoch] as const);
  await world.close(rig);
  return { storage, held, epochs: new Map(epochs) };
}

function quickCheck(path: string): unknown {
  const database = new DatabaseSync(path);
  try {
    return database.prepare('PRAGMA quick_check').get()?.['quick_check'];
  } finally {
    database.close();
  }
}
