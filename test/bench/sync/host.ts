import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { build } from '../../../scripts/lib/bundle.ts';
import { outFolder } from '../../../scripts/lib/paths.ts';
import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../src/sync/cache/database.ts';
import type { CatalogueChange } from '../../../src/sync/syncService.ts';
import { EngineClient } from '../../../src/sync/worker/engineClient.ts';
import type { BenchResult } from '../result.ts';
import { median } from '../result.ts';
import type { Group, GroupContext } from './group.ts';
import { UNLIMITED } from './group.ts';
import { generatedTimeline } from '../../hub/generator.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const MODELS = 1_500;
const SOURCE = 'jan:v2';
const ROUNDS = 11;
/** Rows that the tree shows of a source at first. */
const PAGE = { offset: 0, limit: 200 };
/** How finely the event loop is watched, in ms; what is due to it is taken off. */
const RESOLUTION = 1;
/** How long a host is watched in which nothing happens, in ms. */
const REST = 1_000;

/**
 * The thread of the extension host, with the engine in a worker thread as in the editor: its longest
 * block while all models of a catalogue file change, are written, announced and shown.
 */
export const group: Group = {
  rows: ['host-longest-block'],
  hubArguments: (_history, folder) => [
    '--catalogue-history',
    changingHistory(folder),
    ...UNLIMITED,
  ],
  async measure(context) {
    const program = await buildEngine();
    const blocks: number[] = [];
    const rests: number[] = [];
    const host = await Host.begin(context, program);
    try {
      // The first round fills an empty catalogue and compiles what the others run.
      for (let round = 0; round <= ROUNDS; round++) {
        rests.push(await longestBlock(() => wait(REST)));
        const block = await longestBlock(() => host.sync());
        if (round > 0) blocks.push(block);
        await context.hub.advance();
      }
    } finally {
      await host.close();
    }
    const inWords = (times: readonly number[]): string =>
      times.map((ms) => ms.toFixed(1)).join(', ');
    context.log(`longest blocks: ${inWords(blocks)} ms; repaints: ${inWords(host.repaints)} ms`);
    return [await toResult(context, blocks, rests, host.repaints)];
  },
};

/** A catalogue file of which every record changes with every version. */
function changingHistory(folder: string): string {
  const history = path.join(folder, 'changing');
  mkdirSync(history, { recursive: true });
  const { records } = generatedTimeline({ models: MODELS, seed: 1, versions: 1 }).current.catalogues
    .v2 ?? { records: [] };
  for (let version = 0; version <= ROUNDS; version++) {
    const changed = records.map((record) => ({ ...record, description: `Version ${version}` }));
    const name = `${String(version + 1).padStart(3, '0')}-${1_770_000_000 + version * 86_400}`;
    writeFileSync(path.join(history, `${name}.json.gz`), gzipSync(JSON.stringify(changed)));
  }
  return history;
}

async function buildEngine(): Promise<string> {
  const folder = path.join(outFolder, 'bench', 'dist');
  await build({ production: true, folder });
  return path.join(folder, 'engineWorker.cjs');
}

/** What of the extension lives in the host's thread, without the editor. */
class Host {
  readonly #engine: EngineClient;
  #reader: CatalogueReader | undefined;
  #shown = 0;
  /** How long each repaint took by itself, in ms. */
  readonly repaints: number[] = [];

  private constructor({ hub, folder }: GroupContext, program: string) {
    const silent = (): void => undefined;
    this.#engine = new EngineClient({
      program,
      options: () =>
        Promise.resolve({
          storage: path.join(folder, 'storage'),
          userAgent: 'model-hub/bench',
          settings: { sources: [SOURCE], endpoints: hub.endpoints, tokens: {} },
        }),
      fetch: globalThis.fetch,
      logger: { debug: silent, info: silent, warn: silent, error: console.error },
      onDidStart: (storage) => {
        this.#reader = new CatalogueReader(openForReading(storage.path));
      },
      onDidApply: (change) => this.#repaint(change),
      onDidChangeDetails: silent,
      onDidChangeLink: silent,
    });
  }

  static async begin(context: GroupContext, program: string): Promise<Host> {
    const host = new Host(context, program);
    await host.#engine.start();
    return host;
  }

  async sync(): Promise<void> {
    this.#shown = 0;
    const report = await this.#engine.sync({ reason: 'manual', sources: [SOURCE] });
    const [{ added, updated, error } = { added: 0, updated: 0, error: undefined }] = report.sources;
    if (error !== undefined) throw new Error(error.message);
    if (added + updated < MODELS * 0.9 || this.#shown === 0) {
      throw new Error(`only ${added + updated} models changed, ${this.#shown} were shown`);
    }
  }

  async close(): Promise<void> {
    this.#reader?.close();
    await this.#engine.close();
  }

  /** What the tree and the status bar read again when a source has changed. */
  #repaint({ source }: CatalogueChange): void {
    const started = performance.now();
    this.#reader?.sources([source]);
    this.#reader?.count([source]);
    this.#shown += this.#reader ? modelsOf(this.#reader, source, PAGE).length : 0;
    this.repaints.push(performance.now() - started);
  }
}

/** The longest time in ms for which this thread's event loop stood still meanwhile. */
async function longestBlock(work: () => Promise<void>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  // The histogram sees a block at the turn after it.
  await wait(RESOLUTION * 5);
  histogram.reset();
  await work();
  await wait(RESOLUTION * 5);
  histogram.disable();
  return Math.max(0, histogram.max / 1e6 - RESOLUTION);
}

async function toResult(
  { hub, folder }: GroupContext,
  blocks: readonly number[],
  rests: readonly number[],
  repaints: readonly number[],
): Promise<BenchResult> {
  const address = `${hub.endpoints.janCatalogue}/model_catalog_v2.json`;
  const text = await (await fetch(address)).text();
  let list: unknown;
  const parse = medianTime(() => {
    list = JSON.parse(text) as unknown;
  });
  const write = medianTime(() =>
    writeFileSync(path.join(folder, 'list.json'), JSON.stringify(list)),
  );
  const self = median(blocks);
  return {
    id: 'host-longest-block',
    unit: 'ms',
    self,
    peers: { 'one JSON.parse': parse, 'one write': write, 'at rest': median(rests) },
    reach: '16 ms',
    reached: self <= 16,
    why:
      `median of the longest block in each of ${blocks.length} syncs of ${MODELS} changed models ` +
      `in plain Node; the longest of all ${Math.max(...blocks).toFixed(1)} ms, ` +
      `at rest ${Math.max(...rests).toFixed(1)} ms; a repaint by itself ${median(repaints).toFixed(1)} ms`,
  };
}

function medianTime(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return median(times);
}
