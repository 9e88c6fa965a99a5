import path from 'node:path';
import type { BenchResult } from '../result.ts';
import { FakeClock } from '../../unit/support/fakeClock.ts';
import { busiestAuthors } from './authors.ts';
import { Client } from './client.ts';
import type { Group, GroupContext } from './group.ts';
import { UNLIMITED } from './group.ts';
import { HubUnderTest } from './hubUnderTest.ts';
import { Peer } from './peers.ts';
import { Throttle } from '../../support/throttle.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const AUTHORS = 20;
const ASKS = 24;
const HOUR = 60 * 60_000;
const LINE = { bitsPerSecond: 1_000_000, delayMs: 100 };
const PAGE = { offset: 0, limit: 200 };

/** A line of 1 Mbit/s each way with 200 ms from question to answer, in real time. */
export const group: Group = {
  rows: ['slow-link-first-list', 'slow-link-sync'],
  hubArguments: (history) => [
    ...(history === undefined ? ['--models', '1500'] : ['--catalogue-history', history]),
    ...UNLIMITED,
  ],
  async measure(context) {
    const { hub, history, log } = context;
    const authors = await busiestAuthors(hub, history, AUTHORS);
    const sources = authors.map((author) => `hf:${author}`);
    const storage = path.join(context.folder, 'storage');
    await fill(context, storage, sources);
    const targetPort = Number(new URL(hub.tlsUrl).port);
    await using throttle = await Throttle.open({ targetPort, ...LINE });
    const slow = new HubUnderTest({ url: hub.url, tlsUrl: `https://127.0.0.1:${throttle.port}` });
    const { firstList, day } = await ourDay(slow, storage, sources);
    log(`our day: ${day.toFixed(0)} ms`);
    const { first, day: theirs } = await catalogueDay(slow);
    return toResults({ firstList, day }, { first, day: theirs });
  },
};

/** All days but the last, on a fast line: the catalogue is at its largest, and a day old. */
async function fill(
  { hub }: GroupContext,
  storage: string,
  sources: readonly string[],
): Promise<void> {
  const clock = new FakeClock(Date.now() - 24 * HOUR);
  const client = new Client(hub, storage, sources, clock);
  do {
    await client.sync('manual');
    await hub.advance();
  } while (!(await hub.isAtLast()));
  await client.close();
}

/** A start of the editor with a sync at once, and a question every hour; times in ms. */
async function ourDay(
  hub: HubUnderTest,
  storage: string,
  sources: readonly string[],
): Promise<{ firstList: number; day: number }> {
  const clock = new FakeClock(Date.now());
  const started = performance.now();
  const client = new Client(hub, storage, sources, clock);
  let syncing = client.sync('idle');
  // Not every author of the history publishes to its end.
  const listed = client.reader.sources(sources).find(({ models }) => models > 0);
  const models = modelsOf(client.reader, listed?.key ?? '', { ...PAGE, followed: sources });
  const firstList = performance.now() - started;
  if (models.length === 0) throw new Error('The cache had nothing to show.');
  for (let ask = 1; ask < ASKS; ask++) {
    await syncing;
    clock.advance(HOUR);
    syncing = client.sync('idle');
  }
  await syncing;
  const day = performance.now() - started;
  await client.close();
  return { firstList, day };
}

async function catalogueDay(hub: HubUnderTest): Promise<{ first: number; day: number }> {
  const started = performance.now();
  const peer = new Peer(hub);
  let first = 0;
  for (let ask = 0; ask < ASKS; ask++) {
    await peer.catalogue();
    if (ask === 0) first = performance.now() - started;
  }
  const day = performance.now() - started;
  await peer.close();
  return { first, day };
}

function toResults(
  self: { readonly firstList: number; readonly day: number },
  peer: { readonly first: number; readonly day: number },
): BenchResult[] {
  return [
    {
      id: 'slow-link-first-list',
      unit: 's',
      self: self.firstList / 1_000,
      peers: { "Jan's way": peer.first / 1_000 },
      reach: '1 s',
      reached: self.firstList <= 1_000,
      why: 'from the start of the engine, while its first sync runs, to the first 200 rows',
    },
    {
      id: 'slow-link-sync',
      unit: 's',
      self: self.day / 1_000,
      peers: { "Jan's way": peer.day / 1_000 },
      reach: "at most half of Jan's way",
      reached: self.day * 2 <= peer.day,
      why: `${ASKS} questions for ${AUTHORS} authors, the first after a publication`,
    },
  ];
}
