import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { temporaryFolder } from '../../../scripts/lib/files.ts';
import { hubScript, root } from '../../../scripts/lib/paths.ts';
import { Started } from '../../../scripts/lib/processes.ts';
import { machine } from '../machine.ts';
import type { BenchResult } from '../result.ts';
import type { Group } from './group.ts';
import type { HubAddress } from './hubUnderTest.ts';

export interface SyncBenchOptions {
  /** A folder of catalogue versions; absent: the real ones where they are at hand. */
  readonly history: string | undefined;
  /** Rows or beginnings of their names; absent: all. */
  readonly only: readonly string[] | undefined;
  /** Whether searching is measured at 1,000,000 models too, which takes minutes. */
  readonly big: boolean;
}

/** What a process that measures one group is told. */
export interface GroupRun {
  readonly name: string;
  readonly hub: HubAddress;
  readonly history: string | undefined;
  readonly folder: string;
  /** Where it leaves its rows. */
  readonly results: string;
}

/** Groups with a process and a hub of their own, by the name of their file. */
const GROUPS = ['bytes', 'unchanged', 'freshness', 'details', 'host', 'slowLink'] as const;

/** Measurements that bring their own hub, or need none. */
interface OwnMeasurement {
  readonly rows: readonly string[];
  readonly measure: (history: string | undefined, big: boolean) => Promise<BenchResult[]>;
}
const OWN: readonly OwnMeasurement[] = [
  {
    rows: ['published-history-bodies'],
    measure: async (history) => (await import('../published.ts')).measurePublished(history),
  },
  {
    rows: ['search-p95', 'first-page', 'apply-1000'],
    measure: async (_history, big) => (await import('../search.ts')).measureSearch({ big }),
  },
];

/** Real versions of the catalogue, which lie beside the project on some machines. */
const REAL_HISTORY = path.join(root, '..', 'shared', 'data', 'jan-catalog');
const GROUP_PROGRAM = path.join(import.meta.dirname, 'groupProgram.ts');
const HUB_LIMIT_MS = 60_000;

/** Measures the rows of the sync engine, one group after the other so that none disturbs another. */
export async function measureSync(options: SyncBenchOptions): Promise<BenchResult[]> {
  const real = existsSync(REAL_HISTORY) ? REAL_HISTORY : undefined;
  const history = options.history === undefined ? real : path.resolve(options.history);
  const isWanted = ({ rows }: { readonly rows: readonly string[] }): boolean =>
    options.only === undefined ||
    options.only.some((name) => rows.some((row) => row.startsWith(name)));
  console.log(`${machine()}; history: ${history ?? 'generated'}`);
  const results: BenchResult[] = [];
  for (const name of GROUPS) {
    const { group } = (await import(`./${name}.ts`)) as { readonly group: Group };
    if (isWanted(group)) results.push(...(await measureGroup(name, group, history)));
  }
  for (const { measure } of OWN.filter(isWanted))
    results.push(...(await measure(history, options.big)));
  return results;
}

/** In a process of its own, which trusts the hub's certificate from its start. */
async function measureGroup(
  name: string,
  group: Group,
  history: string | undefined,
): Promise<BenchResult[]> {
  const { folder, remove } = await temporaryFolder(`bench-${name}`);
  const started = performance.now();
  const hub = new Started(process.execPath, [hubScript, ...group.hubArguments(history, folder)]);
  try {
    const [said] = await hub.waitForOutput(/^\{.*"url".*\}$/m, HUB_LIMIT_MS);
    const { url, tlsUrl } = JSON.parse(said) as HubAddress;
    const certificate = path.join(folder, 'ca.pem');
    await writeFile(certificate, await (await fetch(new URL('/__hub/ca.pem', url))).text());
    const results = path.join(folder, 'results.json');
    const run: GroupRun = { name, hub: { url, tlsUrl }, history, folder, results };
    const measuring = new Started(process.execPath, [GROUP_PROGRAM, JSON.stringify(run)], {
      env: { NODE_EXTRA_CA_CERTS: certificate },
      onOutput: (text) => process.stdout.write(text),
    });
    const code = await measuring.exited();
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    console.log(`[${name}: ${seconds} s]`);
    if (code === 0) return JSON.parse(await readFile(results, 'utf8')) as BenchResult[];
    return group.rows.map((id) =>
      missing(id, `the measurement failed: ${measuring.output.slice(-2_000)}`),
    );
  } finally {
    await hub.stop();
    await remove();
  }
}

function missing(id: string, why: string): BenchResult {
  return { id, unit: '', self: null, peers: {}, reach: '', reached: null, why };
}
