import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { DownloadPlan } from '../../src/download/model.ts';
import type { Fault } from './fault.ts';
import type { DownloadProcess } from './support/downloadProcess.ts';
import type { Place } from './support/downloadWorld.ts';
import { DownloadWorld, eventually, isAtRest } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';
import { Sightings } from './support/sightings.ts';

const MB = 1_000_000;
/** Bytes of a block of `ulimit -f` (POSIX). */
const BLOCK = 512;
/** How much of the file has room. */
const ROOM = 0.99;
const MOST_WASTED = 2 * MB;

type Accident = (world: DownloadWorld, plan: DownloadPlan, when: string) => Promise<string>;

/**
 * The disk ends at 99 % of a file, or the folder goes away while the bytes flow. The download fails
 * with words, nothing half is shown as whole, and with room or the folder back it goes on where it
 * was.
 */
export const downloadDisk: Fault = {
  name: 'download-disk',
  unit: 'accidents',
  runs: 40,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const sightings = new Sightings();
    const accidents = Object.entries({
      ...(canMount() && { 'a disk that is full at 99 %': fullDisk }),
      'a limit of file sizes at 99 %': sizeLimit,
      'the folder for models goes away': folderGone,
      'what was fetched is deleted': filesGone,
    });
    await using world = await DownloadWorld.begin();
    for (let run = 0; run < runs; run++) {
      const [name, accident] = accidents[run % accidents.length] ?? ['', fullDisk];
      const when = `accident ${run + 1} (${name}), seed ${seed}`;
      world.hub.setFaults({ rules: [{ match: 'cdn', slow: 4 * MB }] });
      const plan = await world.publish(draw.between(2 * MB, 10 * MB));
      const message = await accident(world, plan, when);
      sightings.note(name, 'failed, then installed', message);
      log(name);
    }
    return `${runs} accidents, seed ${seed}\n${sightings.toString()}`;
  },
};

/** On a file system of its own, where the model belongs. */
const fullDisk: Accident = async (world, plan, when) => {
  const place = world.place();
  const sizeFor = (bytes: number): string => `size=${Math.floor(bytes / 1024)}k`;
  mkdirSync(place.own, { recursive: true });
  mount('-t', 'tmpfs', '-o', sizeFor(plan.size * ROOM), 'tmpfs', place.own);
  try {
    const client = place.start(plan, { isDiskEndless: true });
    const message = await failure(client, 'noSpace', when);
    assert.equal(place.check(plan, when), false);
    mount('-o', `remount,${sizeFor(plan.size + 4 * MB)}`, place.own);
    await goesOn(world, place, plan, when);
    return message;
  } finally {
    await place.close();
    execFileSync('umount', [place.own]);
  }
};

/** In a process that may not let any file grow beyond a limit, which stands for the end of the disk. */
const sizeLimit: Accident = async (world, plan, when) => {
  const place = world.place();
  const shell = `ulimit -f ${Math.floor((plan.size * ROOM) / BLOCK)}; exec "$@"`;
  const message = await failure(place.start(plan, { shell }), 'noSpace', when);
  assert.equal(place.check(plan, when), false);
  await goesOn(world, place, plan, when);
  return message;
};

const folderGone: Accident = async (world, plan, when) => {
  const place = world.place();
  const client = await midway(place, plan);
  const elsewhere = `${place.models} elsewhere`;
  renameSync(place.models, elsewhere);
  const message = await failure(client, 'folder', when);
  assert.ok(!existsSync(place.models), `${when}: a folder was made in its place`);
  renameSync(elsewhere, place.models);
  await goesOn(world, place, plan, when);
  return message;
};

const filesGone: Accident = async (world, plan, when) => {
  const place = world.place();
  const client = await midway(place, plan);
  rmSync(place.own, { recursive: true });
  const message = await failure(client, 'folder', when);
  assert.equal(place.check(plan, when), false);
  await goesOn(world, place, plan, when, plan.size);
  return message;
};

/** A download of which a part is there. */
async function midway(place: Place, plan: DownloadPlan): Promise<DownloadProcess> {
  const client = place.start(plan);
  const isMidway = (): boolean => (client.status?.bytes ?? 0) > plan.size / 10;
  await eventually(isMidway, () => `${JSON.stringify(client.status)} ${client.said}`);
  return client;
}

/** @returns what the user is told */
async function failure(client: DownloadProcess, kind: string, when: string): Promise<string> {
  await eventually(
    () => (client.status !== undefined && isAtRest(client.status)) || client.hasEnded,
    () => `${when}: ${JSON.stringify(client.status)} ${client.said}`,
  );
  assert.equal(client.refusal, undefined, when);
  const { failure: found } = client.status ?? {};
  assert.equal(found?.kind, kind, `${when}: ${JSON.stringify(client.status)} ${client.said}`);
  assert.match(found.message, /\b(?:free|check|connect|make|choose|resume)\b/i, when);
  await client.close();
  return found.message;
}

/** What was there is not fetched again, unless it is gone. */
async function goesOn(
  world: DownloadWorld,
  place: Place,
  plan: DownloadPlan,
  when: string,
  lost = 0,
): Promise<void> {
  world.hub.setFaults({});
  const client = place.start(plan, { isDiskEndless: true });
  await eventually(
    () => client.status?.state === 'done',
    () => `${when}, then: ${JSON.stringify(client.status)} ${client.said}`,
  );
  await client.close();
  place.assertInstalled(plan, when);
  const wasted = world.bytesSent - plan.size;
  world.hub.resetStats();
  assert.ok(wasted <= MOST_WASTED + lost, `${when}: ${wasted} bytes were fetched again`);
}

/** Only the superuser of Linux may. */
function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args);
}
