import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SourceKey } from '../../../src/sync/model.ts';
import { FakeClock } from '../../unit/support/fakeClock.ts';
import type { BenchResult } from '../result.ts';
import { median } from '../result.ts';
import { busiestAuthors } from './authors.ts';
import { Client } from './client.ts';
import type { Group, GroupContext } from './group.ts';
import { UNLIMITED } from './group.ts';
import { bytesOf } from './hubUnderTest.ts';

const MINUTE = 60_000;
const REPEATS = 9;
/**
 * Bytes of a question that is answered by 304, and of one to a server that never answers so. Of
 * Cortex, which knows no 304 and lives on loopback, only the work that follows counts.
 */
const REACH = { with304: 600, without304: 2_048 };

/** Syncs with nothing new, one source at a time, on the connection of the first sync. */
export const group: Group = {
  rows: ['unchanged-bytes', 'unchanged-cortex-writes'],
  hubArguments: () => ['--models', '1500', ...UNLIMITED],
  async measure(context) {
    const [author = ''] = await busiestAuthors(context.hub, undefined, 1);
    const results: BenchResult[] = [];
    for (const source of [`hf:${author}`, 'jan:v2', 'cortex']) {
      context.log(source);
      results.push(...(await measureSource(context, source)));
    }
    return results;
  },
};

async function measureSource(context: GroupContext, source: SourceKey): Promise<BenchResult[]> {
  const { hub, folder } = context;
  const clock = new FakeClock();
  await hub.setFaults({});
  await hub.take();
  const client = new Client(hub, join(folder, source.replace(':', '-')), [source], clock);
  const watch = new DatabaseSync(client.engine.storage.path, { readOnly: true });
  try {
    await client.sync('manual');
    const first = bytesOf(await hub.take());
    await quietBytes(context, client, clock);

    const writes = (): unknown => watch.prepare('PRAGMA data_version').get()?.['data_version'];
    const before = { version: Number(writes()), repaints: client.applied.length };
    const quiet = await quietBytes(context, client, clock);
    const written = Number(writes()) - before.version;
    const repaints = client.applied.length - before.repaints;

    await hub.setFaults({ etags: false });
    await quietBytes(context, client, clock);
    const loud = await quietBytes(context, client, clock);
    if (source === 'cortex') return [row(source, quiet, first), writesRow(written, repaints)];
    return [
      row(source, quiet, first, REACH.with304),
      { ...row(source, loud, first, REACH.without304), id: `${idOf(source)}-no304` },
    ];
  } finally {
    watch.close();
    await client.close();
  }
}

/** Bytes of one sync that finds nothing new: the middle one of several, a minute apart. */
async function quietBytes(
  { hub }: GroupContext,
  client: Client,
  clock: FakeClock,
): Promise<number> {
  const bytes: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    clock.advance(MINUTE);
    const { sources } = await client.sync('visible');
    const [report] = sources;
    if (report === undefined || report.skipped !== undefined) {
      throw new Error(`nobody was asked: ${report?.skipped ?? ''}`);
    }
    bytes.push(bytesOf(await hub.take()));
  }
  return median(bytes);
}

function row(source: SourceKey, self: number, first: number, reach?: number): BenchResult {
  return {
    id: idOf(source),
    unit: 'B',
    self,
    peers: { 'first sync': first },
    reach: reach === undefined ? 'none set' : `${reach} B`,
    reached: reach === undefined ? null : self <= reach,
    why: `${source}, median of ${REPEATS} syncs`,
  };
}

function idOf(source: SourceKey): string {
  return `unchanged-bytes-${source.split(':')[0] ?? source}`;
}

function writesRow(written: number, repaints: number): BenchResult {
  return {
    id: 'unchanged-cortex-writes',
    unit: 'writes and repaints',
    self: written + repaints,
    peers: {},
    reach: 'none',
    reached: written + repaints === 0,
    why: `${written} commits and ${repaints} announcements in ${REPEATS} syncs`,
  };
}
