import assert from 'node:assert/strict';
import type { Fault } from './fault.ts';
import { Draw } from './support/draw.ts';
import { assertTyped } from './support/typed.ts';
import { assertConverged } from './support/truth.ts';
import { heldBy, World } from './support/world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;
const REASONS = ['visible', 'focus', 'idle', 'interval', 'manual'] as const;
const JUMPS = [MINUTE, 60 * MINUTE, DAY, 30 * DAY, YEAR, 20 * YEAR];
/** A day in which a client asks once an hour finds whatever there is to be found. */
const HOURS = 26;

/**
 * Between syncs the clock jumps ahead and back, by minutes to decades. Afterwards it runs as it
 * should, and within a day of background syncs the client holds the truth: nothing waits for a time
 * that is far off, and nothing is taken for newer than it is.
 */
export const clockJumps: Fault = {
  name: 'clock-jumps',
  unit: 'jumps',
  runs: 300,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    await using world = await World.begin(
      {},
      { models: 80, seed: (seed % 1_000) + 1, versions: 1_000 },
    );
    const rig = world.open(world.folder());
    const settled = { at: 0 };
    for (let run = 1; run <= runs; run++) {
      const jump = draw.pick(JUMPS) * draw.fraction() * (draw.chance(0.5) ? 1 : -1);
      // No clock shows a time before 1970 for long.
      const now = Math.max(DAY, world.clock.now() + jump);
      world.clock.jump(Math.round(now) - world.clock.now());
      const isBroken = draw.chance(0.3);
      world.hub.setFaults(isBroken ? { rules: [{ status: 503 }] } : {});
      await world.advance();
      const when = `jump ${run}, seed ${seed}`;
      const { sources } = await rig.engine.sync({
        reason: draw.pick(REASONS),
        sources: world.sources,
      });
      for (const { error } of sources) assertTyped(error, when);
      if (run % 10 !== 0 && run !== runs) continue;
      world.hub.setFaults({});
      settled.at += await hoursToTruth(world, rig, when);
      log(`${run} jumps`);
    }
    return `${runs} jumps; ${settled.at} hours of background syncs until all was the truth again`;
  },
};

async function hoursToTruth(
  world: World,
  rig: ReturnType<World['open']>,
  when: string,
): Promise<number> {
  for (let hour = 1; ; hour++) {
    world.clock.advance(60 * MINUTE);
    const { sources } = await rig.engine.sync({ reason: 'idle', sources: world.sources });
    for (const { error } of sources) assertTyped(error, when);
    try {
      assertConverged(heldBy(rig), world.truth, world.sources, when);
      return hour;
    } catch (error) {
      assert.ok(hour < HOURS, error as Error);
    }
  }
}
