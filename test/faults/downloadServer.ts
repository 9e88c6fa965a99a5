import assert from 'node:assert/strict';
import type { DownloadPlan, DownloadStatus } from '../../src/download/model.ts';
import type { Window } from '../unit/download/windowRig.ts';
import type { Fault } from './fault.ts';
import type { Harm } from './support/downloadHarms.ts';
import { HARMS } from './support/downloadHarms.ts';
import type { Place } from './support/downloadWorld.ts';
import { DownloadWorld, eventually, isAtRest } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';
import { assertHelpful } from './support/helpful.ts';
import { Sightings } from './support/sightings.ts';

const MOST_BYTES = 24_000_000;
/** From so many runs on there is time for what takes half a minute. */
const LONG_RUN = 2 * HARMS.length;

/**
 * Each run fetches a file from a server of which one thing is wrong. It comes out right or fails
 * with a message that tells what to do; nothing damaged is ever to be seen; and once the server is
 * well again the download goes on to its end.
 */
export const downloadServer: Fault = {
  name: 'download-server',
  unit: 'downloads',
  runs: 4 * HARMS.length,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const harms = HARMS.filter(({ isLong = false }) => !isLong || runs >= LONG_RUN);
    const sightings = new Sightings();
    await using world = await DownloadWorld.begin();
    for (let run = 0; run < runs; run++) {
      const harm = harms[run % harms.length];
      assert.ok(harm);
      const when = `download ${run + 1} (${harm.name}), seed ${seed}`;
      const started = performance.now();
      const { outcome, message } = await suffer(world, harm, draw, when);
      sightings.note(harm.name, outcome, message);
      log(`${harm.name}: ${outcome} (${(performance.now() - started).toFixed(0)} ms)`);
    }
    return `${runs} downloads, seed ${seed}\n${sightings.toString()}`;
  },
};

interface Outcome {
  readonly outcome: string;
  readonly message?: string;
}

async function suffer(
  world: DownloadWorld,
  harm: Harm,
  draw: Draw,
  when: string,
): Promise<Outcome> {
  const published = await world.publish(draw.between(1, MOST_BYTES));
  const faults = harm.faults(draw, published);
  world.hub.setFaults(faults);
  const path = published.files[0]?.path ?? '';
  const plan = harm.isInPlan ? await world.plan(path) : published;

  const place = world.place();
  const window = place.open();
  const { id } = await window.download(plan);
  await harm.meanwhile?.(world, plan);
  const status = await atRest(window, id, when);
  const isInstalled = place.check(plan, when);
  assert.equal(isInstalled, status.state === 'done', `${when}: it says ${status.state}`);
  const outcome = status.failure?.kind ?? 'installed';
  assert.ok(
    harm.outcomes?.includes(outcome) ?? true,
    `${when}: ${outcome}. ${status.failure?.message ?? ''}`,
  );
  assertHelpful(status, when);

  world.hub.setFaults({});
  await goOn(place, window, harm.isInPlan ? await world.plan(path) : plan, when);
  await place.close();
  return { outcome, ...(status.failure && { message: status.failure.message }) };
}

async function atRest(window: Window, id: string, when: string): Promise<DownloadStatus> {
  await eventually(
    () => isAtRest(window.status(id)!),
    () => `${when}: ${JSON.stringify(window.status(id))}`,
  );
  return window.status(id)!;
}

/** With the server well again, as a user who resumes it. */
async function goOn(place: Place, window: Window, plan: DownloadPlan, when: string): Promise<void> {
  const { id } = await window.download(plan);
  await eventually(
    () => window.status(id)?.state === 'done',
    () => `${when}, well again: ${JSON.stringify(window.status(id))}`,
  );
  place.assertInstalled(plan, `${when}, well again`);
}
