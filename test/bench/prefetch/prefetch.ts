import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BenchResult } from '../result.ts';
import { generateTrace } from './person.ts';
import type { Persona } from './personas.ts';
import { HELD_OUT_PERSONAS, TUNING_PERSONAS } from './personas.ts';
import type { Outcome, Strategy } from './replay.ts';
import { replay } from './replay.ts';
import { mostDownloadedFirst, mostRecentlyUsed, nothing, oracle, ours } from './strategies.ts';
import type { Trace } from './trace.ts';
import { printTrace, readTraces } from './trace.ts';
import { generateWorld } from './world.ts';

/** Never the same: what the weights were set with says nothing of others. */
const TUNING_SEEDS = [11, 12];
const HELD_OUT_SEEDS = [4001, 4002, 4003];
const MODELS = 1_500;
const DAYS = 60;

const LEAST_SERVED = 0.6;
const MOST_BYTES = 3;

export interface PrefetchOptions {
  /** A folder of traces to replay in place of those that are made up. */
  readonly traces?: string | undefined;
  /** A folder to write the made-up ones to, and nothing else. */
  readonly write?: string | undefined;
}

/** The same person or trace, under each way. */
interface Compared {
  readonly name: string;
  readonly ours: Outcome;
  readonly peers: Readonly<Record<string, Outcome>>;
  /** What is possible at all: nobody knows the future. */
  readonly oracles: Readonly<Record<string, Outcome>>;
}

/** Replays what people do, and tells how often they had to wait. */
export async function measurePrefetch(options: PrefetchOptions): Promise<BenchResult[]> {
  if (options.write !== undefined) return await writeTraces(options.write);
  if (options.traces !== undefined) return await measured(await readTraces(options.traces), '');
  const tuning = made(TUNING_PERSONAS, TUNING_SEEDS);
  const heldOut = made(HELD_OUT_PERSONAS, HELD_OUT_SEEDS);
  return [...(await measured(tuning, 'tuning: ')), ...(await measured(heldOut, ''))];
}

async function writeTraces(folder: string): Promise<BenchResult[]> {
  await mkdir(folder, { recursive: true });
  for (const [index, trace] of made(HELD_OUT_PERSONAS, HELD_OUT_SEEDS).entries())
    await writeFile(path.join(folder, `${index} ${trace.name}.jsonl`), printTrace(trace));
  return [];
}

function made(personas: readonly Persona[], seeds: readonly number[]): Trace[] {
  return seeds.flatMap((seed) => {
    const world = generateWorld(seed, MODELS, DAYS);
    return personas.map((persona) => generateTrace(persona, world, seed));
  });
}

async function measured(traces: readonly Trace[], prefix: string): Promise<BenchResult[]> {
  const compared = new Map<string, Compared>();
  for (const trace of traces) {
    const one = await compare(trace);
    const before = compared.get(trace.name);
    compared.set(trace.name, before === undefined ? one : together(before, one));
  }
  const people = [...compared.values()];
  const [first, ...others] = people;
  if (first === undefined) return [];
  const all = { ...others.reduce(together, first), name: 'everybody' };
  console.log(`\n${prefix}${traces.length} traces`);
  console.table([...people, all].flatMap(tableRows));
  return [...people, all].flatMap((one) => rowsOf(one, `${prefix}${one.name}`));
}

async function compare(trace: Trace): Promise<Compared> {
  const own = await replay(trace, ours());
  const peers = [nothing, mostDownloadedFirst(own), mostRecentlyUsed(own)];
  const oracles = [oracle(trace, own), oracle(trace)];
  return {
    ...{ name: trace.name, ours: own },
    peers: await outcomes(trace, peers),
    oracles: await outcomes(trace, oracles),
  };
}

async function outcomes(
  trace: Trace,
  strategies: readonly Strategy[],
): Promise<Record<string, Outcome>> {
  const found: Record<string, Outcome> = {};
  for (const strategy of strategies) found[strategy.name] = await replay(trace, strategy);
  return found;
}

function together(a: Compared, b: Compared): Compared {
  return {
    ...{ name: a.name, ours: sum(a.ours, b.ours) },
    peers: sums(a.peers, b.peers),
    oracles: sums(a.oracles, b.oracles),
  };
}

function sums(a: Compared['peers'], b: Compared['peers']): Compared['peers'] {
  const pairs = Object.entries(a).map(([name, outcome]) => {
    const other = b[name];
    return [name, other === undefined ? outcome : sum(outcome, other)] as const;
  });
  return Object.fromEntries(pairs);
}

function sum(a: Outcome, b: Outcome): Outcome {
  return {
    opens: a.opens + b.opens,
    servedByEarlier: a.servedByEarlier + b.servedByEarlier,
    servedAhead: a.servedAhead + b.servedAhead,
    fetched: a.fetched + b.fetched,
    fetchedBytes: a.fetchedBytes + b.fetchedBytes,
    usedBytes: a.usedBytes + b.usedBytes,
    waiting: a.waiting + b.waiting,
    spentAfter: [],
  };
}

function tableRows({
  name,
  ours: own,
  peers,
  oracles,
}: Compared): Record<string, string | number>[] {
  return Object.entries({ ours: own, ...peers, ...oracles }).map(([way, outcome]) => ({
    person: name,
    way,
    opens: outcome.opens,
    'served %': percent(served(outcome)),
    'by earlier opens %': percent(outcome.servedByEarlier / outcome.opens),
    'recall %': percent(outcome.servedAhead / (outcome.opens - outcome.servedByEarlier)),
    'precision %': percent(outcome.servedAhead / outcome.fetched),
    'bytes per byte used': round(outcome.fetchedBytes / outcome.usedBytes),
    'KB fetched': Math.round(outcome.fetchedBytes / 1024),
    'waiting ms an open': Math.round(outcome.waiting / outcome.opens),
  }));
}

function rowsOf({ ours: own, peers }: Compared, id: string): BenchResult[] {
  const shares = Object.entries(peers).map(([name, outcome]) => [name, 100 * served(outcome)]);
  const others = Object.fromEntries(shares) as Record<string, number>;
  const best = Math.max(...Object.values(others));
  const share = 100 * served(own);
  const ratio = own.fetchedBytes / own.usedBytes;
  return [
    {
      id: `prefetch-served (${id})`,
      unit: '%',
      self: share,
      peers: others,
      reach: `${100 * LEAST_SERVED} %, more than each`,
      reached: share >= 100 * LEAST_SERVED && share > best,
    },
    {
      id: `prefetch-bytes (${id})`,
      unit: 'a byte used',
      self: ratio,
      peers: {},
      reach: `at most ${MOST_BYTES}`,
      reached: ratio <= MOST_BYTES,
    },
  ];
}

function served({ servedByEarlier, servedAhead, opens }: Outcome): number {
  return (servedByEarlier + servedAhead) / opens;
}

const percent = (share: number): number => round(100 * share);
const round = (value: number): number => Math.round(10 * value) / 10;
