import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { SyncReport } from '../../src/sync/syncService.ts';
import type { Fault } from './fault.ts';
import { ClientProcess } from './support/clientProcess.ts';
import { Draw } from './support/draw.ts';
import type { Seen } from './support/recordingProxy.ts';
import { RecordingProxy } from './support/recordingProxy.ts';
import { assertTyped } from './support/typed.ts';
import { assertConverged, difference } from './support/truth.ts';
import { World } from './support/world.ts';

const REASONS = ['visible', 'focus', 'idle', 'manual', 'manual', 'manual'] as const;
/** How often the hub publishes, in ms. */
const PUBLISH_EVERY = 1_500;

/** One sync of one process, in ms of `performance.now()`. */
interface Run {
  readonly client: number;
  readonly from: number;
  readonly to: number;
  readonly report: SyncReport;
}

/** Processes sync one folder at random moments while the hub publishes version after version. */
export const processes: Fault = {
  name: 'processes',
  unit: 'seconds with eight processes',
  runs: 60,
  run: ({ seed, runs, log }) => together({ seed, seconds: runs, count: 8, log }),
};

/** The same with any number of processes, and with a folder that knows no write-ahead log. */
export async function together(options: {
  readonly seed: number;
  readonly seconds: number;
  readonly count: number;
  readonly isNetworkFolder?: boolean;
  readonly log: (line: string) => void;
}): Promise<string> {
  const { seed, seconds, count, isNetworkFolder = false, log } = options;
  const draw = new Draw(seed);
  await using world = await World.begin(
    {},
    { models: 150, seed: (seed % 1_000) + 1, versions: 1_000 },
  );
  const storage = world.folder();
  const proxy = new RecordingProxy(world.hub.url);
  const clients = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const url = await proxy.open(index);
      const endpoints = {
        huggingFace: url,
        janCatalogue: `${url}/janhq/model-catalog/main`,
        cortex: `${url}/cortex`,
      };
      return new ClientProcess({
        storage,
        settings: { ...world.settings, endpoints },
        isNetworkFolder,
      });
    }),
  );
  try {
    for (const { path } of await Promise.all(clients.map((client) => client.ready()))) {
      assert.ok(path.startsWith(storage), `a process keeps its catalogue elsewhere: ${path}`);
      assert.equal(existsSync(`${path}-wal`), !isNetworkFolder, 'the write-ahead log');
    }
    const end = performance.now() + seconds * 1_000;
    const publisher = publish(world, end);
    const runs = await Promise.all(
      clients.map((client, index) => syncUntil(end, client, index, world, draw)),
    );
    await publisher;
    log('all at rest: the last syncs');
    await settle(clients, world, seed);
    const problems = clients.map((client) => client.said).filter((said) => said !== '');
    assert.deepEqual(problems, [], `what the processes complained of, seed ${seed}`);
    const meetings = meetingsIn(proxy.seen, runs.flat());
    assert.deepEqual(
      meetings.slice(0, 3),
      [],
      `two at one source at a time (${meetings.length}), seed ${seed}`,
    );
    const codes = await Promise.all(clients.map((client) => client.close()));
    assert.deepEqual(
      codes,
      codes.map(() => 0),
      `exit codes, seed ${seed}`,
    );
    return `${count} processes, ${runs.flat().length} syncs, ${outcomesOf(runs.flat())}`;
  } finally {
    await Promise.all(clients.map((client) => client.kill()));
    await proxy.close();
  }
}

async function publish(world: World, end: number): Promise<void> {
  for (; performance.now() + PUBLISH_EVERY < end; world.hub.advance()) await wait(PUBLISH_EVERY);
}

async function syncUntil(
  end: number,
  client: ClientProcess,
  index: number,
  world: World,
  draw: Draw,
): Promise<Run[]> {
  const runs: Run[] = [];
  while (performance.now() < end) {
    const from = performance.now();
    const report = await client.sync({ reason: draw.pick(REASONS), sources: world.sources });
    runs.push({ client: index, from, to: performance.now(), report });
    for (const { error } of report.sources) assertTyped(error, `process ${index}`);
    await wait(draw.between(0, 300));
  }
  return runs;
}

/** One thorough sync of each, then all must hold the same, and that must be the truth. */
async function settle(
  clients: readonly ClientProcess[],
  world: World,
  seed: number,
): Promise<void> {
  for (const client of clients) await client.sync({ reason: 'manual', sources: world.sources });
  const [first, ...others] = await Promise.all(clients.map((client) => client.held()));
  assert.ok(first);
  assertConverged(first, world.truth, world.sources, `the first process, seed ${seed}`);
  for (const held of others) {
    for (const source of world.sources) {
      assert.equal(difference(held.get(source), first.get(source)), '', `${source}, seed ${seed}`);
    }
  }
}

/**
 * Requests of one process for a source between two requests of one run of another for it: both
 * must have thought that the source was theirs. Of the user's runs only: from a background run the
 * source may be taken at any time, which it notices when it is done.
 */
function meetingsIn(seen: readonly Seen[], runs: readonly Run[]): string[] {
  const thorough = runs.filter(({ report }) => report.reason === 'manual');
  const isIn = ({ client, from, to }: Run, one: Seen): boolean =>
    one.client === client && one.at >= from && one.at <= to;
  const own = seen.filter((one) => thorough.some((run) => isIn(run, one)));
  return [...Map.groupBy(own, ({ source }) => source)].flatMap(([source, requests]) =>
    thorough.flatMap((run) => {
      const times = requests.filter((one) => isIn(run, one)).map(({ at }) => at);
      const [first = Infinity, last = -Infinity] = [times.at(0), times.at(-1)];
      return requests
        .filter(({ client, at }) => client !== run.client && at > first && at < last)
        .map(({ client }) => `${source}: process ${client} during a run of process ${run.client}`);
    }),
  );
}

function outcomesOf(runs: readonly Run[]): string {
  const words = runs.flatMap(({ report }) =>
    report.sources.map(({ error, skipped }) => error?.kind ?? skipped ?? 'success'),
  );
  const counted = [...Map.groupBy(words, (word) => word)].map(
    ([word, all]) => `${word} ${all.length}`,
  );
  return counted.sort().join(', ');
}
