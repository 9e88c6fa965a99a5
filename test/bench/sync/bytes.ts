import { FakeClock } from '../../unit/support/fakeClock.ts';
import type { BenchResult } from '../result.ts';
import { busiestAuthors } from './authors.ts';
import { Client } from './client.ts';
import type { Group, GroupContext } from './group.ts';
import { UNLIMITED } from './group.ts';
import type { HubUnderTest } from './hubUnderTest.ts';
import { bytesOf } from './hubUnderTest.ts';
import { Peer } from './peers.ts';

const AUTHORS = 20;
/** A day, hourly. */
const ASKS = 24;
const HOUR = 60 * 60_000;
const MEGABYTE = 1_000_000;

interface Cost {
  bytes: number;
  requests: number;
}

interface Costs {
  readonly self: Cost;
  readonly listModels: Cost;
  readonly catalogue: Cost;
  days: number;
  /** Days at whose end the client did not hold the truth. */
  wrong: number;
}

/** Each version of the history is a day: 24 questions of each client over fresh connections. */
export const group: Group = {
  rows: ['hf-history-bytes', 'hf-history-requests'],
  hubArguments: (history) => [
    ...(history === undefined ? ['--models', '1500'] : ['--catalogue-history', history]),
    ...UNLIMITED,
  ],
  async measure(context) {
    const authors = await busiestAuthors(context.hub, context.history, AUTHORS);
    context.log(`authors: ${authors.join(', ')}`);
    return toResults(await replay(context, authors));
  },
};

async function replay(
  { hub, folder, log }: GroupContext,
  authors: readonly string[],
): Promise<Costs> {
  const costs: Costs = { self: none(), listModels: none(), catalogue: none(), days: 0, wrong: 0 };
  const clock = new FakeClock();
  await hub.take();
  do {
    await ourDay(hub, folder, authors, clock, costs);
    await peersDay(hub, costs.listModels, (peer) => peer.listModels(authors));
    await peersDay(hub, costs.catalogue, (peer) => peer.catalogue());
    costs.days++;
    if (costs.days % 10 === 0) log(`${costs.days} days: ${JSON.stringify(costs)}`);
  } while (await hub.advance());
  return costs;
}

async function ourDay(
  hub: HubUnderTest,
  folder: string,
  authors: readonly string[],
  clock: FakeClock,
  costs: Costs,
): Promise<void> {
  const client = new Client(
    hub,
    folder,
    authors.map((author) => `hf:${author}`),
    clock,
  );
  for (let ask = 0; ask < ASKS; ask++) {
    await client.sync('idle');
    clock.advance(HOUR);
  }
  const held = [...client.reader.dump()];
  await client.close();
  add(costs.self, await hub.take());
  const truth = await hub.truth();
  const expected = authors.reduce((sum, author) => sum + (truth.get(`hf:${author}`)?.size ?? 0), 0);
  const right = held.filter(({ source, id, content }) => truth.get(source)?.get(id) === content);
  if (right.length !== expected || held.length !== expected) costs.wrong++;
}

async function peersDay(
  hub: HubUnderTest,
  cost: Cost,
  ask: (peer: Peer) => Promise<number>,
): Promise<void> {
  const peer = new Peer(hub);
  for (let count = 0; count < ASKS; count++) await ask(peer);
  await peer.close();
  add(cost, await hub.take());
}

function none(): Cost {
  return { bytes: 0, requests: 0 };
}

function add(cost: Cost, taken: Parameters<typeof bytesOf>[0]): void {
  cost.bytes += bytesOf(taken);
  cost.requests += taken.requests;
}

function toResults({ self, listModels, catalogue, days, wrong }: Costs): BenchResult[] {
  const truthful = wrong === 0;
  const where = `${days} days of ${ASKS} questions, ${AUTHORS} authors`;
  const why = truthful ? where : `${where}; on ${wrong} days the client did not hold the truth`;
  return [
    {
      id: 'hf-history-bytes',
      unit: 'MB',
      self: self.bytes / MEGABYTE,
      peers: { listModels: listModels.bytes / MEGABYTE, "Jan's way": catalogue.bytes / MEGABYTE },
      reach: 'at most 1/4 of either',
      reached: truthful && self.bytes * 4 <= Math.min(listModels.bytes, catalogue.bytes),
      why,
    },
    {
      id: 'hf-history-requests',
      unit: 'requests',
      self: self.requests,
      peers: { listModels: listModels.requests, "Jan's way": catalogue.requests },
      reach: 'no more than listModels',
      reached: truthful && self.requests <= listModels.requests,
      why,
    },
  ];
}
