import assert from 'node:assert/strict';
import { simulateFleet } from '../../simulate/fleet.ts';
import { DAY, ONE_ZONE, weekOf, WORLD } from '../../simulate/habits.ts';
import { seedOfRun } from '../support/random.ts';

describe('A simulated fleet', function () {
  this.timeout(60_000);
  const seed = seedOfRun();

  it(`is the same for the same seed, and bears more than nothing (SEED=${seed})`, () => {
    const options = { seed, clients: 40, days: 4, zones: WORLD };
    const loads = simulateFleet(options);
    assert.deepEqual(simulateFleet(options), loads);
    for (const { requests, mean, bytesPerClientAndDay } of loads) {
      assert.ok(requests > 0 && mean > 0 && bytesPerClientAndDay > 0);
    }
    const [hub, files] = loads;
    assert.ok(hub !== undefined && files !== undefined && hub.requests > files.requests);
  });

  it(`asks no more often while an upstream is away, nor afterwards (SEED=${seed})`, () => {
    const loads = simulateFleet({ seed, clients: 15_000, days: 3, zones: ONE_ZONE });
    for (const { mean, duringOutage, afterOutage } of loads) {
      assert.ok(duringOutage !== undefined && afterOutage !== undefined && mean > 0);
      assert.ok(duringOutage < 1.5 && afterOutage < 1.5, `${duringOutage}, ${afterOutage}`);
    }
  });

  it(`sleeps at night, and works in the days of its time zone (SEED=${seed})`, () => {
    const phases = weekOf(seed, ONE_ZONE, 7);
    assert.ok(phases.length > 0);
    for (const [index, { at, awake }] of phases.entries()) {
      assert.ok(at >= (phases[index - 1]?.at ?? 0) && at < 7 * DAY);
      const hour = (at % DAY) / 3_600_000 + 1;
      if (awake) assert.ok(hour > 3 && hour < 25, `awake at ${hour}`);
    }
    assert.equal(phases.at(-1)?.awake, false);
  });
});
