import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../src/sync/cache/database.ts';
import type { Clock } from '../../../src/sync/clock.ts';
import { Engine } from '../../../src/sync/engine.ts';
import type { SourceKey } from '../../../src/sync/model.ts';
import type { SyncReason } from '../../../src/sync/strategy/policy.ts';
import type { CatalogueChange, SyncReport } from '../../../src/sync/syncService.ts';
import { systemClock, systemRandom } from '../../../src/sync/worker/systemClock.ts';
import type { HubUnderTest } from './hubUnderTest.ts';

/** The engine of the extension on a hub, and what the views read. */
export class Client {
  readonly engine: Engine;
  readonly reader: CatalogueReader;
  readonly applied: CatalogueChange[] = [];
  readonly #sources: readonly SourceKey[];

  /** @param clock its time; timers run in real time */
  constructor(
    hub: HubUnderTest,
    storage: string,
    sources: readonly SourceKey[],
    clock: Pick<Clock, 'now'> = systemClock,
  ) {
    const silent = (): void => undefined;
    this.#sources = sources;
    this.engine = new Engine(
      {
        storage,
        userAgent: 'model-hub/bench',
        settings: { sources, endpoints: hub.endpoints, tokens: {} },
      },
      {
        clock: { now: () => clock.now(), after: (delay, call) => systemClock.after(delay, call) },
        random: systemRandom,
        logger: { debug: silent, info: silent, warn: silent, error: console.error },
        onDidApply: (change) => this.applied.push(change),
      },
    );
    this.reader = new CatalogueReader(openForReading(this.engine.storage.path));
  }

  /** Syncs all its sources; one that fails makes a measurement worthless. */
  async sync(reason: SyncReason, sources = this.#sources): Promise<SyncReport> {
    const report = await this.engine.sync({ reason, sources });
    for (const { source, error } of report.sources) {
      // An author of the history may have nothing yet, or nothing any more.
      if (error !== undefined && error.kind !== 'notFound') {
        throw new Error(`${source}: ${error.message}`);
      }
    }
    return report;
  }

  /** Closes its connections and its catalogue. */
  async close(): Promise<void> {
    this.reader.close();
    await this.engine.close();
  }
}
