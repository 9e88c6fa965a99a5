import assert from 'node:assert/strict';
import type { DownloadPlan } from '../../src/download/model.ts';
import type { Fault } from './fault.ts';
import type { Place } from './support/downloadWorld.ts';
import { DownloadWorld, eventually } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';

const SIZE = 8_000_000;
/** Bytes a second of each answer: the moment of a kill is to fall into the download. */
const SPEED = 2_000_000;
const MOST_WASTED = 2_000_000;

/**
 * A process that downloads is ended by SIGKILL at random moments, again and again, until one of
 * them comes to its end; then the next file. What stands under its name is right at any time, and
 * each kill costs at most 2 MB that are fetched again.
 */
export const downloadKill: Fault = {
  name: 'download-kill',
  unit: 'kills',
  runs: 100,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    await using world = await DownloadWorld.begin();
    world.hub.setFaults({ rules: [{ match: 'cdn', slow: SPEED }] });
    const seen = { early: 0, midway: 0, late: 0, wasted: 0 };
    let duration = await timeOf(world);
    for (let kills = 0; kills < runs;) {
      const place = world.place();
      const plan = await world.publish(SIZE);
      const sentBefore = world.bytesSent;
      const killsBefore = kills;
      for (let isInstalled = false; !isInstalled && kills < runs;) {
        const when = `kill ${++kills}, seed ${seed}`;
        const before = world.bytesSent;
        const took = await killed(place, plan, duration * 1.1 * draw.fraction());
        if (took !== undefined) duration = (duration * 3 + took) / 4;
        isInstalled = place.check(plan, when);
        if (isInstalled) seen.late++;
        else seen[world.bytesSent > before ? 'midway' : 'early']++;
        if (kills % 20 === 0) log(`${kills} kills, a download takes ${duration.toFixed(0)} ms`);
      }
      const when = `after kill ${kills}, seed ${seed}`;
      await finished(place, plan, when);
      const wasted = world.bytesSent - sentBefore - SIZE;
      seen.wasted += wasted;
      const most = (kills - killsBefore) * MOST_WASTED;
      assert.ok(wasted <= most, `${when}: ${wasted} bytes were fetched again`);
    }
    return (
      `${runs} kills, seed ${seed}: ${seen.early} before the first byte, ${seen.midway} midway, ` +
      `${seen.late} when all was there; ${Math.round(seen.wasted / runs / 1_000)} kB again for each`
    );
  },
};

/** How long a process that nobody kills takes from its begin, in ms. */
async function timeOf(world: DownloadWorld): Promise<number> {
  const took = await killed(world.place(), await world.publish(SIZE), Infinity);
  assert.ok(took !== undefined, 'a download that was not killed did not come to its end');
  return took;
}

/** @returns how long it took from its begin, in ms, if it was done before it was killed */
async function killed(
  place: Place,
  plan: DownloadPlan,
  moment: number,
): Promise<number | undefined> {
  const client = place.start(plan);
  const what = (): string => `a client: ${client.status?.state ?? 'nothing'} ${client.said}`;
  await eventually(() => client.hasBegun || client.hasEnded, what);
  const started = performance.now();
  const passed = (): number => performance.now() - started;
  const isDone = (): boolean => client.status?.state === 'done';
  await eventually(() => isDone() || client.hasEnded || passed() >= moment, what);
  assert.ok(!client.hasEnded, `it ended by itself: ${client.said}`);
  const took = isDone() ? passed() : undefined;
  await client.kill();
  return took;
}

async function finished(place: Place, plan: DownloadPlan, when: string): Promise<void> {
  const client = place.start(plan);
  await eventually(
    () => client.status?.state === 'done',
    () => `${when}: ${JSON.stringify(client.status)} ${client.said}`,
  );
  await client.close();
  place.assertInstalled(plan, when);
}
