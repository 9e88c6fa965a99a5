import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { CatalogueReader } from '../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../src/sync/cache/database.ts';
import { Engine } from '../../src/sync/engine.ts';
import { SyncError } from '../../src/sync/errors.ts';
import type { SourceKey } from '../../src/sync/model.ts';
import type { SourceReport } from '../../src/sync/syncService.ts';
import { startHub } from '../hub/hub.ts';
import type { Fault } from './fault.ts';
import { CannedTransport } from './support/cannedTransport.ts';
import type { Damage, Mutation } from './support/mutations.ts';
import { asBody, damage, damaged, mutated, mutation } from './support/mutations.ts';
import { RunningClock } from './support/runningClock.ts';
import { assertTyped } from './support/typed.ts';
import type { Content } from './support/truth.ts';
import { bySource, difference, truthOf } from './support/truth.ts';
import { modelsOf } from '../support/modelsOf.ts';

const SOURCES: readonly SourceKey[] = ['hf:bartowski', 'jan:v1', 'jan:v2', 'cortex'];
/** A name that leads nowhere, so that the engine takes the other way it was given. */
const ORIGIN = 'http://hub.invalid';
const MODEL = 'bartowski/gemma-2-9b-it-GGUF';
/** Bytes by which the memory in use may grow from the first tenth of the runs to the last. */
const MOST_GROWTH = 32 * 1024 * 1024;

/**
 * True answers, changed at random by what knows their structure, as often for each source: no
 * exception escapes but typed errors, a single bad entry leaves all others as they are, and the
 * memory does not grow.
 */
export const payloads: Fault = {
  name: 'payloads',
  unit: 'changed payloads for each source',
  runs: 10_000,
  async run({ seed, runs, log }) {
    await using bench = await Workbench.begin((seed % 1_000) + 1);
    for (const source of SOURCES) {
      await bench.unchanged(source);
      const whole = Math.ceil(runs / 2);
      await bench.anyChange(source, whole, seed);
      await bench.oneBadEntry(source, runs - whole, seed);
      log(`${source}: ${runs} payloads`);
    }
    await bench.details(runs, seed);
    log(`details: ${runs} payloads`);
    return `${runs} payloads for each of ${SOURCES.length} sources and the details; grown by ${bench.growth} KB`;
  },
};

/** An engine whose every answer can be changed, and whose catalogue can be emptied. */
class Workbench implements AsyncDisposable {
  // Ten thousand catalogues are written here: in memory, where there is such a place.
  readonly #folder = mkdtempSync(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'model-hub-faults-'),
  );
  readonly #hub: Awaited<ReturnType<typeof startHub>>;
  readonly #canned: CannedTransport;
  readonly #engine: Engine;
  readonly #reader: CatalogueReader;
  readonly #database: DatabaseSync;
  #memory: number | undefined;
  #revision = 0;
  growth = 0;

  private constructor(hub: Awaited<ReturnType<typeof startHub>>) {
    const silent = (): void => undefined;
    this.#hub = hub;
    this.#canned = new CannedTransport(hub.url);
    const endpoints = {
      huggingFace: ORIGIN,
      janCatalogue: `${ORIGIN}/janhq/model-catalog/main`,
      cortex: `${ORIGIN}/cortex`,
    };
    this.#engine = new Engine(
      {
        storage: this.#folder,
        userAgent: 'model-hub/faults',
        settings: { sources: SOURCES, endpoints, tokens: {} },
      },
      {
        clock: new RunningClock(),
        random: () => 0.5,
        logger: { debug: silent, info: silent, warn: silent, error: silent },
        fallback: this.#canned.transport,
      },
    );
    const { path } = this.#engine.storage;
    this.#reader = new CatalogueReader(openForReading(path));
    this.#database = new DatabaseSync(path, { timeout: 1_000 });
  }

  static async begin(seed: number): Promise<Workbench> {
    return new Workbench(await startHub({ models: 64, seed }));
  }

  /** The answers as they are bring the truth: else nothing that comes after would say anything. */
  async unchanged(source: SourceKey): Promise<void> {
    const report = await this.#sync(source, (body) => body);
    assert.equal(report.error, undefined, `${source}: ${report.error?.message ?? ''}`);
    const held = bySource(this.#reader.dump()).get(source);
    assert.equal(difference(held, truthOf(this.#hub).get(source)), '', source);
  }

  /** Changes anything anywhere in one of the answers. */
  async anyChange(source: SourceKey, runs: number, seed: number): Promise<void> {
    const changes = fc.record({
      answer: fc.nat(2),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
      text: fc.option(damage, { freq: 5 }),
    });
    await this.#assert(changes, runs, seed, async ({ answer, mutations, text }) => {
      const report = await this.#sync(source, (body, index) =>
        index === answer ? altered(body, mutations, text) : body,
      );
      assertTyped(report.error, source);
    });
  }

  /** Changes one entry of the lists, at the same place in each: all others must be there. */
  async oneBadEntry(source: SourceKey, runs: number, seed: number): Promise<void> {
    const truth = truthOf(this.#hub).get(source);
    assert.ok(truth);
    const ids = [...truth.keys()];
    const changes = fc.record({
      id: fc.constantFrom(...ids),
      answers: fc.subarray([0, 1], { minLength: 1 }),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    });
    await this.#assert(changes, runs, seed, async ({ id, answers, mutations }) => {
      const report = await this.#sync(source, (body, index) =>
        answers.includes(index) ? withBadEntry(body, id, mutations) : body,
      );
      assert.equal(report.error, undefined, `${source}: ${report.error?.message ?? ''}`);
      const others = (content: Content = new Map()): Content =>
        new Map([...content].filter(([other]) => other !== id && truth.has(other)));
      const held = bySource(this.#reader.dump()).get(source);
      assert.equal(difference(others(held), others(truth)), '', `${source} beside ${id}`);
    });
  }

  /** Changes the file tree and the README. */
  async details(runs: number, seed: number): Promise<void> {
    const changes = fc.record({
      answer: fc.nat(1),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
      text: fc.option(damage),
    });
    await this.#assert(changes, runs, seed, async ({ answer, mutations, text }) => {
      this.#canned.begin((body, index) =>
        index === answer ? altered(body, mutations, text) : body,
      );
      const commit = createHash('sha1').update(`${seed} ${this.#revision++}`).digest('hex');
      try {
        await this.#engine.details(MODEL, commit);
      } catch (error) {
        assert.ok(error instanceof SyncError, `not typed: ${String(error)}`);
        assertTyped(error, 'details');
      }
    });
  }

  async #assert<T>(
    arbitrary: fc.Arbitrary<T>,
    runs: number,
    seed: number,
    check: (value: T) => Promise<void>,
  ): Promise<void> {
    let run = 0;
    const property = fc.asyncProperty(arbitrary, async (value) => {
      await check(value);
      if (++run === Math.ceil(runs / 10)) this.#memory = memoryInUse();
    });
    await fc.assert(property, { numRuns: runs, seed, endOnFailure: false });
    const growth = memoryInUse() - (this.#memory ?? 0);
    assert.ok(growth < MOST_GROWTH, `the memory grew by ${growth} bytes, seed ${seed}`);
    this.growth = Math.max(this.growth, Math.round(growth / 1024));
  }

  async #sync(
    source: SourceKey,
    alter: (body: Buffer, index: number) => Buffer,
  ): Promise<SourceReport> {
    this.#database.exec('DELETE FROM model; DELETE FROM source; DELETE FROM details;');
    this.#canned.begin(alter);
    const { sources } = await this.#engine.sync({ reason: 'manual', sources: [source] });
    // What was kept must be fit to be shown.
    modelsOf(this.#reader, source, { limit: 200 });
    const [report] = sources;
    assert.ok(report);
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    this.#reader.close();
    await this.#engine.close();
    await this.#hub.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function altered(body: Buffer, mutations: readonly Mutation[], text: Damage | null): Buffer {
  const json = parsed(body);
  const changed = json === undefined ? body : asBody(mutated(json, mutations));
  return text === null ? changed : damaged(changed, text);
}

function withBadEntry(body: Buffer, id: string, mutations: readonly Mutation[]): Buffer {
  const json = parsed(body);
  const list = Array.isArray(json) ? json : (json as { data?: unknown } | undefined)?.data;
  if (!Array.isArray(list)) return body;
  const index = list.findIndex((entry) => idOf(entry as Entry) === id);
  if (index < 0) return body;
  const entry: unknown = mutated(list[index], mutations);
  list[index] = entry === undefined ? null : entry;
  return asBody(json);
}

interface Entry {
  readonly id?: string;
  readonly developer?: string;
  readonly model_name?: string;
  readonly metadata?: { readonly id?: string };
}

function idOf({ id, developer, model_name, metadata }: Entry): string | undefined {
  return developer === undefined ? (metadata?.id ?? id) : `${developer}/${model_name ?? ''}`;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** Bytes that are reachable. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
