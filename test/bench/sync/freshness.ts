import type { SourceKey } from '../../../src/sync/model.ts';
import type { SyncReport } from '../../../src/sync/syncService.ts';
import { Scheduler } from '../../../src/sync/strategy/scheduler.ts';
import { FakeClock } from '../../unit/support/fakeClock.ts';
import { randomNumbers } from '../../unit/support/random.ts';
import type { BenchResult } from '../result.ts';
import { busiestAuthors } from './authors.ts';
import { Client } from './client.ts';
import type { Group, GroupContext } from './group.ts';
import { UNLIMITED } from './group.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SEED = 1;
const TRIALS = 60;
/** Nothing takes longer, or it never comes. */
const GIVE_UP = 60 * MINUTE;

/** How a window stands while something is published. */
interface Situation {
  readonly id: string;
  readonly visible: boolean;
  readonly active: boolean;
  /** Within what the row has to be there, in ms. */
  readonly reach: number;
}

const SITUATIONS: readonly Situation[] = [
  { id: 'freshness-open', visible: true, active: true, reach: MINUTE },
  { id: 'freshness-closed', visible: false, active: false, reach: 15 * MINUTE },
];

/**
 * The real scheduler and the real engine with a clock that is wound by the second: from the moment
 * of a publication, drawn at random, until every new and changed row can be read by the tree.
 */
export const group: Group = {
  rows: SITUATIONS.map(({ id }) => id),
  hubArguments: () => ['--models', '300', '--versions', '1000', ...UNLIMITED],
  async measure(context) {
    const results: BenchResult[] = [];
    for (const situation of SITUATIONS) results.push(await measureOne(context, situation));
    return results;
  },
};

async function measureOne(context: GroupContext, situation: Situation): Promise<BenchResult> {
  const authors = await busiestAuthors(context.hub, undefined, 5);
  const sources = [...authors.map((author) => `hf:${author}`), 'jan:v2'];
  const clock = new FakeClock();
  const client = new Client(context.hub, `${context.folder}/${situation.id}`, sources, clock);
  const window = new Window(client, clock, situation, sources);
  const random = randomNumbers(SEED);
  const delays: number[] = [];
  try {
    await client.sync('manual');
    window.begin();
    while (delays.length < TRIALS) {
      await window.pass(Math.floor(random() * situation.reach));
      const delay = await delayOfNext(context, window, client, sources);
      if (delay !== undefined) delays.push(delay);
    }
  } finally {
    window.close();
    await client.close();
  }
  const longest = Math.max(...delays);
  return {
    id: situation.id,
    unit: 's',
    self: longest / SECOND,
    peers: {},
    reach: `${situation.reach / SECOND} s`,
    reached: longest <= situation.reach,
    why: `the longest of ${TRIALS} publications, seed ${SEED}`,
  };
}

/** @returns undefined if nothing of what is followed was published */
async function delayOfNext(
  { hub }: GroupContext,
  window: Window,
  client: Client,
  sources: readonly string[],
): Promise<number | undefined> {
  const before = await hub.truth();
  if (!(await hub.advance())) throw new Error('The hub has nothing more to publish.');
  const after = await hub.truth();
  const news = sources.flatMap((source) =>
    [...(after.get(source) ?? [])]
      .filter(([id, content]) => before.get(source)?.get(id) !== content)
      .map(([id, content]) => ({ source, id, content })),
  );
  if (news.length === 0) return undefined;
  const isShown = (): boolean => {
    const held = new Map(
      [...client.reader.dump()].map((row) => [`${row.source} ${row.id}`, row.content]),
    );
    return news.every(({ source, id, content }) => held.get(`${source} ${id}`) === content);
  };
  return await window.passUntil(isShown);
}

/** A window of the editor that stands as it stands, and its clock. */
class Window {
  readonly #clock: FakeClock;
  readonly #scheduler: Scheduler;
  readonly #visible: boolean;
  #running: Promise<unknown> | undefined;

  constructor(
    client: Client,
    clock: FakeClock,
    { visible, active }: Situation,
    sources: readonly SourceKey[],
  ) {
    this.#clock = clock;
    this.#visible = visible;
    const nothing = { dispose: (): void => undefined };
    this.#scheduler = new Scheduler({
      random: () => 0,
      clock,
      signals: { focused: active, active, onDidChange: () => nothing },
      interfaces: () => '',
      backgroundSync: () => true,
      followed: () => sources.length,
      lastAttempt: () =>
        Math.min(...client.reader.sources(sources).map(({ lastAttempt = 0 }) => lastAttempt)),
      sync: (reason): Promise<SyncReport> => {
        const run = client.sync(reason);
        this.#running = run;
        return run;
      },
      idle: () => Promise.resolve(),
    });
  }

  begin(): void {
    this.#scheduler.setVisible(this.#visible);
  }

  /** Lets time pass, and each run come to its end. */
  async pass(ms: number): Promise<void> {
    const end = this.#clock.now() + ms;
    while (this.#clock.now() < end) await this.#second();
  }

  /** Lets time pass until something holds, and tells how much did, in ms. */
  async passUntil(holds: () => boolean): Promise<number> {
    const begin = this.#clock.now();
    while (!((await this.#second()) && holds())) {
      if (this.#clock.now() - begin > GIVE_UP) throw new Error('What was published never came.');
    }
    return this.#clock.now() - begin;
  }

  close(): void {
    this.#scheduler.dispose();
  }

  /** @returns whether something was synced */
  async #second(): Promise<boolean> {
    this.#clock.advance(SECOND);
    const running = this.#running;
    this.#running = undefined;
    await running;
    // The scheduler hears of the end of its run a few turns later.
    if (running !== undefined) await new Promise((resolve) => setImmediate(resolve));
    return running !== undefined;
  }
}
