import type { MemoryBudget } from '../../device/hardware.ts';
import type { LocalClient } from '../../local/localClient.ts';
import { RuntimeError } from '../../runtime/errors.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import { SharedJobs } from '../../sync/sharedJobs.ts';
import type { Wording } from '../details/wording.ts';
import type { EntryWork } from './entryWork.ts';
import type { StartObstacle } from './startObstacle.ts';
import { startObstacle } from './startObstacle.ts';

export interface ModelStarterOptions {
  readonly client: Pick<LocalClient, 'recheck' | 'start'>;
  readonly work: Pick<EntryWork, 'run'>;
  /** An entry as it was last heard of, by its key. */
  readonly entry: (key: string) => InstalledEntry | undefined;
  readonly model: (id: ModelId) => Model | undefined;
  /** What models may take of this machine; undefined if that cannot be found out. */
  readonly budget: () => Promise<MemoryBudget | undefined>;
  readonly wording: Wording;
}

/** Starts what is installed: because the user wants it, or because it is asked something. */
export class ModelStarter {
  readonly #options: ModelStarterOptions;
  readonly #starts = new SharedJobs<string, undefined, void>();

  constructor(options: ModelStarterOptions) {
    this.#options = options;
  }

  /** What speaks against starting an entry here. */
  async obstacle(entry: InstalledEntry): Promise<StartObstacle | undefined> {
    const { model, budget, wording } = this.#options;
    const id = entry.from?.model;
    return startObstacle(entry, id === undefined ? undefined : model(id), await budget(), wording);
  }

  /**
   * Starts an entry, which its row shows and can give up. Callers at the same time share one start.
   * @throws RuntimeError, SyncError `cancelled`
   */
  async start(entry: Pick<InstalledEntry, 'key' | 'name'>, signal?: AbortSignal): Promise<void> {
    const { client, work } = this.#options;
    const { key } = entry;
    await this.#starts.join(
      key,
      () => undefined,
      () => undefined,
      async (_job, wanted) => {
        await work.run(entry, 'starting', (kept) =>
          client.start(key, AbortSignal.any([kept, wanted])),
        );
      },
      signal,
    );
  }

  /**
   * Sees to it that an entry can be asked something: one that does not run is started by its
   * runtime, or by the question itself, unless it does not fit this machine.
   * @param whileStarting is given the start as it begins
   * @throws RuntimeError, SyncError `cancelled`
   */
  async ready(
    key: string,
    whileStarting: (entry: InstalledEntry, start: Promise<void>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, wording } = this.#options;
    const known = this.#options.entry(key);
    if (known === undefined) throw new RuntimeError('refused', isGone(wording));
    // A server loads by itself what it does not run, so that only here it matters what holds now.
    const entry = known.runtime.can.includes('start') ? await client.recheck(key, signal) : known;
    if (entry.problem !== undefined) throw new RuntimeError('disk', entry.problem);
    if (entry.running !== false || entry.runtime.api === undefined) return;
    const obstacle = await this.obstacle(entry);
    if (obstacle !== undefined) throw notByItself(obstacle, entry, wording);
    if (!entry.runtime.can.includes('start')) return;
    const start = this.start(entry, signal);
    whileStarting(entry, start);
    await start;
    if ((await client.recheck(key, signal)).running !== false) return;
    throw new RuntimeError(
      'refused',
      wording.t('{0} was not started. Start it in the Installed view, then ask again.', entry.name),
    );
  }
}

function isGone({ t }: Wording): string {
  return t('This model is no longer installed. Refresh the list.');
}

function notByItself(
  { message, detail }: StartObstacle,
  { runtime }: InstalledEntry,
  { t }: Wording,
): RuntimeError {
  const advice = runtime.can.includes('start')
    ? t('It is not started by itself: take a smaller model, or start it in the Installed view.')
    : t('It is not started by itself: take a smaller model, or start it in {0}.', runtime.name);
  return new RuntimeError('doesNotFit', [message, detail, advice].join(' '));
}
