import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import type { Basis } from '../../src/download/differential/basis.ts';
import type { DownloadPlan, DownloadStatus, PlannedFile } from '../../src/download/model.ts';
import { hasEnded } from '../../src/sync/cache/owner.ts';
import type { Fault } from './fault.ts';
import type { Place } from './support/downloadWorld.ts';
import { DownloadWorld, eventually, isAtRest, MODEL } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';
import { assertHelpful } from './support/helpful.ts';
import { Sightings } from './support/sightings.ts';
import { damage, drawChange, drawPacking, drawRecipe } from './support/updateDraws.ts';
import { UPDATE_HARMS } from './support/updateHarms.ts';

/** Bytes a second of each answer, where the moment of a kill is to fall into the download. */
const SPEED = 1_000_000;
/** ms within which a process is killed. */
const KILLED_WITHIN = 1_500;
const MOST_KILLS = 3;
/** Bytes of a block of `ulimit -f` (POSIX). */
const BLOCK = 512;
/** The share of updates that come out of Xet storage byte for byte, as those of huge files do. */
const HUGE = 0.25;

/** An update about to be fetched. */
interface Update {
  readonly world: DownloadWorld;
  readonly place: Place;
  readonly draw: Draw;
  readonly plan: DownloadPlan;
  readonly file: PlannedFile;
  readonly updates: { readonly basis: Basis; readonly largestPlainFile?: number };
  /** Whether the new revision is there, in place of what was there; fails if it is anything else. */
  readonly isInstalled: (when: string) => boolean;
}

/** Lets something happen to an update. @returns what came of it */
type Trouble = (update: Update, when: string) => Promise<{ outcome: string; message?: string }>;

/**
 * Random files are installed, changed in random ways, and updated while something happens to the
 * server, to the process, to the disk or to the installed file. In the end the new revision is in
 * place or the old one is as it was; a failure says what to do; once all is well the update comes
 * to its end, and nothing is left beside it.
 */
export const differentialUpdates: Fault = {
  name: 'differential-updates',
  unit: 'updates',
  runs: 5 * (UPDATE_HARMS.length + 2),
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const sightings = new Sightings();
    const troubles: readonly (readonly [string, Trouble])[] = [
      ...UPDATE_HARMS.map(({ name, faults }): [string, Trouble] => [name, harmed(faults)]),
      ['killed', killed],
      ['a limit of file sizes', fullDisk],
    ];
    const first = draw.between(0, troubles.length - 1);
    await using world = await DownloadWorld.begin();
    for (let run = 0; run < runs; run++) {
      const [name, trouble] = troubles[(first + run) % troubles.length] ?? ['', killed];
      const started = performance.now();
      const { what, update } = await prepare(world, draw, `update ${run + 1}`);
      const when = `update ${run + 1} (${name}; ${what}), seed ${seed}`;
      const { outcome, message } = await trouble(update, when);
      sightings.note(name, outcome, message);
      world.hub.setFaults({});
      await goOn(update, `${when}, well again`);
      log(`${name}; ${what}: ${outcome} (${(performance.now() - started).toFixed(0)} ms)`);
    }
    return `${runs} updates, seed ${seed}\n${sightings.toString()}`;
  },
};

/** Installs a file, publishes the next revision of it, and does something to what is installed. */
async function prepare(
  world: DownloadWorld,
  draw: Draw,
  id: string,
): Promise<{ readonly what: string; readonly update: Update }> {
  const path = `faults/${id.replace(' ', '-')}.gguf`;
  const recipe = drawRecipe(draw);
  const xet = draw.chance(0.8);
  await world.control('commit', [{ path, gguf: recipe, xet }], drawPacking(draw));
  const before = await world.plan(path);
  const place = world.place();
  await install(world, place, before, draw.chance(0.5));
  const [change, changed] = drawChange(draw, recipe);
  await world.control('commit', [{ path, gguf: changed, xet }], drawPacking(draw));
  const plan = await world.plan(path);
  const [file] = plan.files;
  const [old] = before.files;
  assert.ok(file && old);
  const state = damage(draw, place.pathOf(old));
  const there = place.sha256At(old);
  const basis: Basis = {
    path: place.pathOf(old),
    // It may have been cut off since somebody looked.
    size: draw.chance(0.5) ? old.size : sizeAt(place.pathOf(old)),
    sha256: old.digest.hex,
    ...(draw.chance(0.9) && { published: { model: MODEL, revision: before.revision, path } }),
  };
  const isHuge = xet && draw.chance(HUGE);
  const isInstalled = (when: string): boolean => {
    place.assertUntouched(when);
    const now = place.sha256At(file);
    if (now === file.digest.hex) return true;
    assert.equal(now, there, `${when}: neither the new revision nor the old one`);
    return false;
  };
  const updates = { basis, ...(isHuge && { largestPlainFile: 1 }) };
  const what = `${change}, ${state}${xet ? '' : ', plain'}${isHuge ? ', huge' : ''}`;
  return { what, update: { world, place, draw, plan, file, updates, isInstalled } };
}

function sizeAt(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** @param isKnown what it is made of is remembered, as it is once the user is away */
async function install(
  { hub }: DownloadWorld,
  place: Place,
  plan: DownloadPlan,
  isKnown: boolean,
): Promise<void> {
  const window = place.open({}, { findBasis: () => Promise.resolve(undefined) });
  const { id } = await window.download(plan);
  await eventually(
    () => window.status(id)?.state === 'done',
    () => `the first revision: ${JSON.stringify(window.status(id))}`,
  );
  const [file] = plan.files;
  if (isKnown && file !== undefined) {
    const source = { endpoint: new URL(hub.url), model: plan.model, revision: plan.revision };
    const { signal } = new AbortController();
    await window.updates?.differ.remember(place.pathOf(file), { source, file, signal });
  }
  await place.close();
}

/** Something is wrong with the server. */
function harmed(faults: (typeof UPDATE_HARMS)[number]['faults']): Trouble {
  return async (update, when) => {
    const { world, draw, place, plan, updates } = update;
    world.hub.setFaults(faults(draw, plan.size));
    const findBasis = () => Promise.resolve(updates.basis);
    const window = place.open({}, { ...updates, findBasis });
    const { id } = await window.download(plan);
    await eventually(
      () => isAtRest(window.status(id)!),
      () => `${when}: ${JSON.stringify(window.status(id))}`,
    );
    const status = window.status(id)!;
    await place.close();
    return came(update, status, when);
  };
}

/** The process is ended by SIGKILL, some times. */
const killed: Trouble = async (update, when) => {
  const { world, place, draw, plan, updates, isInstalled } = update;
  world.hub.setFaults({ rules: [{ match: ['cdn', 'xorb'], slow: SPEED }] });
  let kills = 0;
  for (; kills < MOST_KILLS && !isInstalled(`${when}, after kill ${kills}`); kills++) {
    const client = place.start(plan, { updates });
    await eventually(
      () => client.hasBegun || client.hasEnded,
      () => `${when}: ${client.said}`,
    );
    const moment = performance.now() + KILLED_WITHIN * draw.fraction();
    await eventually(
      () => performance.now() > moment || client.status?.state === 'done',
      () => when,
    );
    assert.ok(!client.hasEnded, `${when}: it ended by itself: ${client.said}`);
    await client.kill();
  }
  return { outcome: isInstalled(when) ? 'installed' : 'goes on' };
};

/** In a process that may not let any file grow beyond a limit, which stands for the end of the disk. */
const fullDisk: Trouble = async (update, when) => {
  const { place, draw, plan, updates } = update;
  const limit = Math.floor((plan.size * draw.fraction()) / BLOCK);
  const shell = `ulimit -f ${Math.max(limit, 1)}; exec "$@"`;
  const client = place.start(plan, { updates, shell });
  await eventually(
    () => (client.status !== undefined && isAtRest(client.status)) || client.hasEnded,
    () => `${when}: ${JSON.stringify(client.status)} ${client.said}`,
  );
  await client.close();
  if (client.status === undefined) {
    assert.equal(update.isInstalled(when), false, when);
    return { outcome: `not begun: ${client.refusal?.kind}` };
  }
  return came(update, client.status, when);
};

function came(
  { isInstalled }: Update,
  status: DownloadStatus,
  when: string,
): { outcome: string; message?: string } {
  const { state, failure } = status;
  assert.equal(isInstalled(when), state === 'done', `${when}: it says ${state}`);
  assertHelpful(status, when);
  if (failure === undefined) return { outcome: 'installed' };
  return { outcome: failure.kind, message: failure.message };
}

/** With all well again, as a user who resumes it. */
async function goOn({ place, plan, updates }: Update, when: string): Promise<void> {
  const findBasis = () => Promise.resolve(updates.basis);
  const window = place.open({ isDead: hasEnded }, { ...updates, findBasis });
  const { id } = await window.download(plan);
  await eventually(
    () => isAtRest(window.status(id)!),
    () => `${when}: ${JSON.stringify(window.status(id))}`,
  );
  assert.equal(window.status(id)?.state, 'done', `${when}: ${JSON.stringify(window.status(id))}`);
  await place.close();
  place.assertInstalled(plan, when);
}
