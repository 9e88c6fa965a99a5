import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { DownloadWorld, eventually } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';

const SIZE = 6_000_000;
const SPEED = 2_000_000;
const MOST_WASTED = 2_000_000;
/** Heads of answers, and what is on its way when one connection takes over the rest of another. */
const MOST_OVERHEAD = 500_000;

/**
 * Several processes want the same file in the same folder: windows that share the list of downloads,
 * or editors that know nothing of each other. Some are killed on the way. The file is fetched once,
 * comes out right, and all that are left say so.
 */
export const downloadTogether: Fault = {
  name: 'download-together',
  unit: 'files',
  runs: 30,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    await using world = await DownloadWorld.begin();
    const seen = { shared: 0, strangers: 0, kills: 0, again: 0 };
    for (let run = 1; run <= runs; run++) {
      const isShared = draw.chance(0.5);
      seen[isShared ? 'shared' : 'strangers']++;
      const kills = await fetchTogether(world, draw, isShared, `file ${run}, seed ${seed}`);
      seen.kills += kills;
      const again = world.bytesSent - SIZE;
      seen.again += again;
      world.hub.resetStats();
      const most = kills * MOST_WASTED + MOST_OVERHEAD;
      assert.ok(again <= most, `file ${run}, seed ${seed}: ${again} bytes were fetched again`);
      if (run % 5 === 0) log(`${run} files`);
    }
    return (
      `${runs} files, seed ${seed}: ${seen.shared} by windows, ${seen.strangers} by strangers, ` +
      `${seen.kills} processes killed, ${Math.round(seen.again / 1_000)} kB fetched again in all`
    );
  },
};

/** @returns how many were killed */
async function fetchTogether(
  world: DownloadWorld,
  draw: Draw,
  isShared: boolean,
  when: string,
): Promise<number> {
  world.hub.setFaults({ rules: [{ match: 'cdn', slow: SPEED }] });
  const place = world.place();
  const plan = await world.publish(SIZE);
  const clients = Array.from({ length: draw.between(2, 3) }, (_, index) =>
    place.start(plan, isShared ? {} : { storage: join(place.home, 'storage', String(index)) }),
  );
  const told = (): string =>
    `${when}: ${clients.map(({ status, said }) => JSON.stringify(status) + said).join('\n')}`;
  const isRunning = (): boolean =>
    clients.some(({ status }) => status?.state === 'running' || status?.state === 'done');
  await eventually(isRunning, told);

  const victims = draw.chance(0.6) ? clients.slice(0, clients.length - 1) : [];
  for (const victim of victims) {
    await wait(draw.between(0, 600));
    await victim.kill();
    place.check(plan, when);
  }
  const left = clients.filter((client) => !victims.includes(client));
  await eventually(() => left.every(({ status }) => status?.state === 'done'), told);
  place.assertInstalled(plan, when);
  for (const client of left) {
    assert.equal(client.said, '', when);
    await client.close();
  }
  return victims.length;
}
