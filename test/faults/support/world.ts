import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineSettings } from '../../../src/sync/engine.ts';
import type { SourceKey } from '../../../src/sync/model.ts';
import type { Hub, HubOptions } from '../../hub/hub.ts';
import { startHub } from '../../hub/hub.ts';
import { endpointsOf, Rig, sourcesOf } from '../../unit/support/useEngine.ts';
import type { FaultOptions } from '../fault.ts';
import { RunningClock } from './runningClock.ts';
import type { ContentBySource } from './truth.ts';
import { bySource, truthOf } from './truth.ts';

/** Authors that are followed of a catalogue that has many. */
const MOST_AUTHORS = 8;

/** A hub, folders that go away at the end, and clients on them. */
export class World implements AsyncDisposable {
  readonly clock = new RunningClock(Date.now());
  readonly sources: readonly SourceKey[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'model-hub-faults-'));
  readonly #rigs = new Set<Rig>();
  #hub: Hub;
  readonly #options: HubOptions;
  #folders = 0;

  private constructor(hub: Hub, options: HubOptions) {
    this.#hub = hub;
    this.#options = options;
    this.sources = followedOf(hub);
  }

  static async begin(
    { history }: Pick<FaultOptions, 'history'>,
    options: HubOptions = {},
  ): Promise<World> {
    const full = history === undefined ? options : { ...options, catalogueHistory: history };
    return new World(await startHub(full), full);
  }

  get hub(): Hub {
    return this.#hub;
  }

  get truth(): ContentBySource {
    return truthOf(this.#hub);
  }

  get settings(): EngineSettings {
    return { sources: this.sources, endpoints: endpointsOf(this.#hub), tokens: {} };
  }

  /** Publishes the next version; after the last one, begins with the first again. */
  async advance(): Promise<void> {
    if (this.#hub.advance() !== undefined) return;
    await this.#hub.close();
    this.#hub = await startHub(this.#options);
  }

  /** A new and empty folder. */
  folder(): string {
    return join(this.#folder, String(++this.#folders));
  }

  /** A client in this process. */
  open(storage: string): Rig {
    const options = { storage, userAgent: 'model-hub/faults', settings: this.settings };
    const rig = new Rig(options, this.clock);
    this.#rigs.add(rig);
    return rig;
  }

  async close(rig: Rig): Promise<void> {
    this.#rigs.delete(rig);
    await rig.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const rig of this.#rigs) await this.close(rig);
    await this.#hub.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What a client in this process holds. */
export function heldBy(rig: Rig): ContentBySource {
  return bySource(rig.reader.dump());
}

function followedOf(hub: Hub): SourceKey[] {
  const sources = sourcesOf(hub);
  const truth = truthOf(hub);
  const isAuthor = (source: SourceKey): boolean => source.startsWith('hf:');
  const authors = sources
    .filter(isAuthor)
    .sort((a, b) => (truth.get(b)?.size ?? 0) - (truth.get(a)?.size ?? 0))
    .slice(0, MOST_AUTHORS);
  return [...authors, ...sources.filter((source) => !isAuthor(source))];
}
